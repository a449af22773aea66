import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SpanLine } from '../../../examples/orders/trace-file.ts'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { hasPrivateRabbitmq, privateRabbitmq } from '../../fixtures/private-rabbitmq.ts'
import { longTest } from '../../fixtures/torture.ts'
import { post } from './open-shop.ts'
import { run } from './run-command.ts'
import { folderOfStores } from './store-folder.ts'

const traceId = 'a0b1c2d3e4f5a6b7c8d9eaebecedeeef'
const caller = '00f067aa0ba902b7'
const customer = 'Ada of 12 Analytical Row'
const items = [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }]

/** What happens last on each way that an order goes. */
const ends = ['POST mail/messages', 'execute DispatchParcel', 'execute RecordSale', 'POST provider/charges']

interface Way {
  readonly command: 'apart.ts' | 'processes.ts'
  readonly args: readonly string[]
  readonly broker: string | undefined
  /** As the spans call it. */
  readonly system: string
  readonly processes: readonly string[]
}

const apart = ['analytics', 'front', 'inventory', 'orders', 'payments']

async function traced(t: TestContext, { command, args, broker, system, processes }: Way): Promise<void> {
  const folder = folderOfStores(t)
  const traces = join(folder, 'traces')
  // What it is run with comes from here.
  process.env['EVENTWRIGHT_TRACES'] = traces
  process.env['EVENTWRIGHT_BROKER'] = broker ?? ''
  const shop = run(command, join(folder, 'shop.db'), ...args, '--speed', '0')
  const [, url] = await shop.says(/The shop is open: {2}(http:\/\/127\.0\.0\.1:\d+)\//)
  await post(`${url}/stock/LAMP/receipts`, { quantity: 5 })
  const headers = { traceparent: `00-${traceId}-${caller}-01`, tracestate: 'ours=1' }
  assert.equal((await post(`${url}/orders`, { orderId: 'one', customerId: customer, items }, headers)).status, 202)
  const all = await written(traces, (spans) => ends.every((end) => spans.some(({ name }) => name === end)))
  shop.child.kill('SIGTERM')
  assert.equal(await shop.ended, 0, shop.said.error)

  const spans = linesOf(traces).filter((span) => span.traceId === traceId)
  assert.ok(spans.length >= all.length)
  assertOneTree(spans, caller)
  assert.deepEqual([...new Set(spans.map((span) => span.process))].toSorted(), processes)
  const [mail] = spans.filter(({ name }) => name === 'POST mail/messages')
  assert.deepEqual(wayTo(mail!, spans), [
    ...(processes.includes('front') ? ['POST /orders'] : []),
    'POST /orders',
    'execute CreateOrder',
    'advance order-creation',
    'step order-creation.confirm-order',
    'execute ConfirmOrder',
    'send order-events',
    'process order-events',
    'POST mail/messages',
  ])
  for (const { name, attributes } of spans)
    if (/^(?:send|process) /.test(name)) assert.equal(attributes['messaging.system'], system, name)
  assertWell(spans)
  // A request that comes without a trace is the root of one.
  const [receipt] = linesOf(traces).filter(
    ({ name, kind }) => kind === 'SERVER' && name === 'POST /stock/:sku/receipts',
  )
  assert.equal(receipt?.parentSpanId, undefined)
  assert.ok(linesOf(traces).length > spans.length)
  const text = readdirSync(traces)
    .map((name) => readFileSync(join(traces, name), 'utf8'))
    .join('')
  assert.ok(!text.includes(customer) && !text.includes('Analytical'))
}

/** Spans of the trace, once they are enough. */
async function written(
  folder: string,
  areEnough: (spans: readonly SpanLine[]) => boolean,
): Promise<readonly SpanLine[]> {
  const giveUp = performance.now() + 90_000
  for (;;) {
    const spans = linesOf(folder).filter((span) => span.traceId === traceId)
    if (areEnough(spans)) return spans
    assert.ok(performance.now() < giveUp, `only ${spans.map(({ name }) => name).join(', ')}`)
    await sleep(50)
  }
}

/** Whole lines of all processes. */
function linesOf(folder: string): readonly SpanLine[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as SpanLine)
}

/** Every span has its parent among them but one, whose parent is outside. */
function assertOneTree(spans: readonly SpanLine[], outside: string): void {
  const known = new Map(spans.map((span) => [span.spanId, span]))
  assert.equal(known.size, spans.length)
  const roots = spans.filter(({ parentSpanId }) => !known.has(parentSpanId ?? ''))
  assert.deepEqual(
    roots.map(({ name, parentSpanId }) => [name, parentSpanId]),
    [['POST /orders', outside]],
  )
  for (const span of spans) assert.ok(wayTo(span, spans).length <= spans.length)
  for (const { links } of spans) for (const { spanId } of links) assert.ok(known.has(spanId))
}

/** No span has failed, but for a charge that took longer than it may on a busy machine and was asked for again. */
function assertWell(spans: readonly SpanLine[]): void {
  const charges = spans.filter(({ name }) => name === 'POST provider/charges')
  assert.ok(charges.some(({ failed }) => !failed))
  const excused = new Set(charges.filter(({ failed }) => failed).flatMap((charge) => lineTo(charge, spans)))
  const failures = spans.filter((span) => span.failed && !excused.has(span))
  assert.deepEqual(
    failures.map(({ name }) => name),
    [],
  )
}

/** The names from the root to a span. */
function wayTo(span: SpanLine, spans: readonly SpanLine[]): readonly string[] {
  return lineTo(span, spans).map(({ name }) => name)
}

/** The spans from the root to one. */
function lineTo(span: SpanLine, spans: readonly SpanLine[]): readonly SpanLine[] {
  const line: SpanLine[] = []
  for (let at: SpanLine | undefined = span; at !== undefined && line.length <= spans.length;) {
    line.unshift(at)
    const { parentSpanId }: SpanLine = at
    at = spans.find(({ spanId }) => spanId === parentSpanId)
  }
  return line
}

const brokers = kafkaBrokers()
const unlessThere = brokers === undefined ? test : longTest

unlessThere('from a request to the mail a trace over processes is one tree, within the file of their store', (t) =>
  traced(t, {
    command: 'processes.ts',
    args: [],
    broker: undefined,
    system: 'eventwright',
    processes: ['analytics', 'front', 'inventory', 'notifications', 'orders', 'payments', 'shipping'],
  }),
)

if (brokers !== undefined)
  test('from a request to the mail a trace over four processes is one tree, over Kafka', (t) =>
    traced(t, {
      command: 'apart.ts',
      args: ['kafka'],
      broker: `kafka://${brokers}?maxReplicas=1&prefix=${freshKafka().prefix}`,
      system: 'kafka',
      processes: apart,
    }))

if (hasPrivateRabbitmq)
  longTest('from a request to the mail a trace over four processes is one tree, over RabbitMQ', async (t) => {
    const { url } = await privateRabbitmq(t)
    await traced(t, { command: 'apart.ts', args: ['rabbitmq'], broker: url, system: 'rabbitmq', processes: apart })
  })
