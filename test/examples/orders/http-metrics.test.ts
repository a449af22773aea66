import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertRules } from '../../../src/architect/observability/alerts.ts'
import system from '../../../examples/orders/shop/system.ts'
import { patience } from '../../fixtures/patience.ts'
import { askPromtool, promtoolPath } from '../../fixtures/promtool.ts'
import { openForTest, post } from './open-shop.ts'

const { shop, url } = await openForTest()

test('/metrics answers Prometheus, with the objectives that alerts ask for', async () => {
  const items = [{ sku: 'tea', quantity: 1, unitPrice: '7.65' }]
  assert.equal((await post(`${url}/orders`, { customerId: 'ada', items })).status, 202)
  assert.ok(await shop.caughtUp(patience))
  const response = await fetch(`${url}/metrics`)
  const text = await response.text()
  assert.deepEqual(
    [response.status, response.headers.get('content-type')],
    [200, 'text/plain; version=0.0.4; charset=utf-8'],
  )
  for (const line of [
    /^eventwright_consumer_objective_staleness_seconds\{consumer="view:orders#1",source="log"\} 2$/m,
    /^eventwright_consumer_objective_lag_events\{consumer="notifications\/subscription:decision-mail",.*\} 1000$/m,
    /^eventwright_consumer_objective_met\{consumer="orders\/saga:order-creation",source="mail"\} 1$/m,
    /^eventwright_commit_batch_units_bucket\{le="1"\} \d+$/m,
  ])
    assert.match(text, line)
  const { groups } = alertRules(system.graph, { system: 'shop', jobs: ['shop'], runbookUrl: '' })
  const asked = groups.flatMap(({ rules }) => rules.flatMap(({ expr }) => expr.match(/eventwright_\w+/g) ?? []))
  for (const name of asked) assert.ok(text.includes(`# TYPE ${name} `), name)
})

if (promtoolPath() !== undefined) {
  test('promtool reads what /metrics answers', async () => {
    const { accepted, said } = askPromtool(['check', 'metrics'], {}, await (await fetch(`${url}/metrics`)).text())
    assert.ok(accepted, said)
  })
}
