import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, service, subscription, system } from 'eventwright'
import { correlatedLog } from '../../../src/runtime/telemetry/correlated-log.ts'
import { keptSpans } from '../../fixtures/told-spans.ts'
import { Order, OrderPlaced, PlaceOrder } from '../messages.fixture.ts'
import { running, until } from '../running.fixture.ts'

/** Everything that was said, with its fields. */
function hearing() {
  const said: { readonly message: string; readonly [field: string]: unknown }[] = []
  const say = (message: string, fields = {}): void => void said.push({ ...fields, message })
  return { said, log: { info: say, warn: say, error: say } }
}

test('lines name the span within which they are written, unless they name a trace themselves', () => {
  const { telemetry } = keptSpans()
  const { said, log } = hearing()
  const correlated = correlatedLog(log, telemetry)
  correlated.info('outside')
  const span = telemetry.begin({ name: 'work', kind: 'internal', parent: {} })
  span.within(() => {
    correlated.warn('within', { count: 1 })
    correlated.error('of another', { traceId: 't' })
  })
  const [, traceId, spanId] = span.trace.traceparent!.split('-')
  assert.deepEqual(said, [
    { message: 'outside' },
    { message: 'within', traceId, spanId, count: 1 },
    { message: 'of another', traceId: 't' },
  ])
  assert.equal(correlatedLog(log, undefined), log)
})

test('what goes on in the background is no part of the span that has started the system', async (t) => {
  const { telemetry } = keptSpans()
  const { said, log } = hearing()
  const failing = subscription('failing', { from: [OrderPlaced], retry: { maxAttempts: 1 } }).on({
    OrderPlaced: () => Promise.reject(new Error('not yet')),
  })
  const one = system('one', { services: [service('shop', { parts: [Order, failing] })] })
  const start = telemetry.begin({ name: 'start', kind: 'internal', parent: {} })
  const shop = await start.within(() => running(t, one, { store: memory(), telemetry, log, stuckAfter: 1 }))
  await shop.execute(PlaceOrder({ orderId: '1', customer: 'ada' }))
  await until('it has stopped', () => said.some(({ message }) => message === 'consumer stopped'))
  assert.equal(said.find(({ message }) => message === 'consumer stopped')!['traceId'], undefined)
})
