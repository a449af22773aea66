import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, memory, reject, service, start, system, t as t_ } from 'eventwright'
import { keptSpans } from '../../fixtures/told-spans.ts'
import { all, running } from '../running.fixture.ts'

const Opened = event('Opened', { id: t_.string() })
const Open = command('Open', { id: t_.string() }).refuses('is_open')
const Break = command('Break', { id: t_.string() })
const Door = aggregate('Door', { events: [Opened], commands: [Open, Break], id: (c) => c.id, initial: () => 0 })
  .evolve({ Opened: (times) => times + 1 })
  .decide({
    Open: (c, times) => (times === 0 ? Opened(c) : reject('is_open')),
    Break: () => {
      throw new TypeError('a secret is in it')
    },
  })
const house = system('house', { services: [service('doors', { parts: [Door] })] })

const caller = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'ours=1' }

test('a command goes on with the trace that it is given, and its events and its commit come from it', async (t) => {
  const { telemetry, told } = keptSpans()
  const open = await running(t, house, { store: memory(), telemetry })
  await open.execute(Open({ id: '1' }), { ...caller, correlationId: 'c-1' })
  const [append, execute] = told()
  assert.deepEqual([append!.name, execute!.name], ['append', 'execute Open'])
  assert.equal(execute!.parentId, 'b7ad6b7169203331')
  assert.equal(append!.parentId, execute!.spanId)
  assert.deepEqual(execute!.attributes, {
    'eventwright.service': 'doors',
    'eventwright.command': 'Open',
    'eventwright.correlation_id': 'c-1',
  })
  assert.deepEqual(append!.attributes, { 'eventwright.events': ['Opened'], 'eventwright.correlation_id': 'c-1' })
  const { meta } = (await all(open.events.stream('Door/1')))[0]!
  assert.equal(meta['traceparent'], `00-${execute!.traceId}-${execute!.spanId}-01`)
  assert.equal(meta['tracestate'], 'ours=1')
})

test('a command that is executed within a span goes on with it, and one without is the root of a trace', async (t) => {
  const { telemetry, told } = keptSpans()
  const outer = telemetry.begin({ name: 'the program begins', kind: 'internal', parent: {} })
  const open = await outer.within(() => running(t, house, { store: memory(), telemetry }))
  const request = telemetry.begin({ name: 'request', kind: 'server', parent: {} })
  await request.within(() => open.execute(Open({ id: '1' })))
  await open.execute(Open({ id: '2' }))
  request.end()
  const [first, second] = told().filter(({ name }) => name === 'execute Open')
  const { spanId } = told().find(({ name }) => name === 'request')!
  assert.deepEqual([first!.parentId, second!.parentId], [spanId, undefined])
  assert.notEqual(first!.traceId, second!.traceId)
})

test('a refusal and a repeat are no failures, an error is told by its name alone', async (t) => {
  const { telemetry, told, text } = keptSpans()
  const open = await running(t, house, { store: memory(), telemetry })
  await open.execute(Open({ id: '1' }), { idempotencyKey: 'k' })
  await open.execute(Open({ id: '1' }), { idempotencyKey: 'k' })
  assert.equal((await open.attempt(Open({ id: '1' }))).ok, false)
  await assert.rejects(open.execute(Break({ id: '1' })), TypeError)
  await assert.rejects(open.execute({ ...Break({ id: '1' }), type: 'a secret' } as never))
  const executed = told().filter(({ name }) => name.startsWith('execute'))
  assert.deepEqual(
    executed.map(({ name, failed, attributes }) => [
      name,
      failed,
      attributes['eventwright.repeated'],
      attributes['eventwright.refusal'],
      attributes['error.type'],
    ]),
    [
      ['execute Open', false, undefined, undefined, undefined],
      ['execute Open', false, true, undefined, undefined],
      ['execute Open', false, undefined, 'is_open', undefined],
      ['execute Break', true, undefined, undefined, 'TypeError'],
      ['execute', true, undefined, undefined, executed.at(-1)!.attributes['error.type']],
    ],
  )
  assert.match(String(executed.at(-1)!.attributes['error.type']), /^EW_/)
  assert.ok(!text().includes('secret'))
})

test('events that are appended come from the span of that', async (t) => {
  const { telemetry, told } = keptSpans()
  const open = await running(t, house, { store: memory(), telemetry })
  await open.append(Door, '1', [Opened({ id: '1' })], caller)
  const [append] = told()
  assert.deepEqual([append!.name, append!.parentId], ['append', 'b7ad6b7169203331'])
  const [stored] = await all(open.events.stream('Door/1'))
  assert.equal(stored!.meta['traceparent'], `00-${append!.traceId}-${append!.spanId}-01`)
})

test('without telemetry events have the trace that a command is given, and none of their own', async (t) => {
  const open = await running(t, house, { store: memory() })
  await open.execute(Open({ id: '1' }), caller)
  await open.execute(Open({ id: '2' }))
  const [first, second] = await all(open.events.log())
  assert.deepEqual([first!.meta['traceparent'], first!.meta['tracestate']], [caller.traceparent, caller.tracestate])
  assert.deepEqual([second!.meta['traceparent'], second!.meta['tracestate']], [undefined, undefined])
})

test('what is no telemetry is refused', async () => {
  await assert.rejects(start(house, { store: memory(), telemetry: { kind: 'log' } as never }), { code: 'EW_CONFIG' })
})
