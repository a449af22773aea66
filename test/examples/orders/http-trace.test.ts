import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openForTest, post } from './open-shop.ts'

const { shop, url } = await openForTest()
const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${traceId}-b7ad6b7169203331-01`

/** The trace of the event that a receipt of goods has stored. */
async function traceOf(sku: string, headers: Record<string, string>): Promise<readonly (string | undefined)[]> {
  assert.equal((await post(`${url}/stock/${sku}/receipts`, { quantity: 1 }, headers)).status, 202)
  for await (const { meta } of shop.events.stream(`Stock/${sku}`)) return [meta['traceparent'], meta['tracestate']]
  throw new Error(`nothing was stored of ${sku}`)
}

test('what a request leads to has its trace, also where nobody tells telemetry', async () => {
  assert.deepEqual(await traceOf('A', { traceparent, tracestate: 'ours=1' }), [traceparent, 'ours=1'])
  assert.deepEqual(await traceOf('B', { traceparent, 'idempotency-key': 'b' }), [traceparent, undefined])
})

test('a request without a trace, or with what is none, gets one of its own', async () => {
  const wrong = ['', '00', traceparent.toUpperCase(), `ff${traceparent.slice(2)}`, `00-${'0'.repeat(32)}-${traceId}`]
  const made = new Set<string | undefined>()
  for (const [n, given] of [...wrong.map((each) => ({ traceparent: each, tracestate: 'ours=1' })), {}].entries()) {
    const [own, state] = await traceOf(`C${n}`, given)
    assert.match(own!, /^00-[\da-f]{32}-[\da-f]{16}-01$/)
    assert.equal(state, undefined)
    made.add(own)
  }
  assert.equal(made.size, wrong.length + 1)
  assert.deepEqual(await traceOf('D', { traceparent, tracestate: `ours=${'1'.repeat(600)}` }), [traceparent, undefined])
})
