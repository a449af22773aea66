import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertRules, type AlertRules } from '../../../src/architect/observability/alerts.ts'
import type { Dashboard } from '../../../src/architect/observability/dashboard.ts'
import { yamlLines } from '../../../src/architect/yaml.ts'
import shop from '../../../examples/orders/shop/system.ts'
import { fileURLToPath } from 'node:url'
import { askPromtool, promtoolPath } from '../../fixtures/promtool.ts'
import { lineWith, type Answer } from '../line.fixture.ts'

const system = fileURLToPath(new URL('../../../examples/orders/shop/system.ts', import.meta.url))
const exported = (...argv: string[]): Promise<Answer> =>
  lineWith({ folder: import.meta.dirname }, 'observability', 'export', '--system', system, ...argv)

test('Prometheus gets YAML, or JSON, with the objectives of the design, the same each time', async () => {
  const { code, out, err } = await exported('--format', 'prometheus')
  assert.deepEqual([code, err], [0, ''])
  const rules = alertRules(shop.graph, { system: 'shop', jobs: ['shop'], runbookUrl: 'docs/operations.md' })
  assert.equal(
    out,
    yamlLines(rules)
      .map((line) => `${line}\n`)
      .join(''),
  )
  assert.deepEqual(JSON.parse((await exported('--format', 'prometheus', '--json')).out), rules)
  assert.match(out, /consumer=~\\"notifications\/subscription:decision-mail\(@\.\+\)\?\\".*> 1000"/)
  if (promtoolPath() === undefined) return
  const asked = askPromtool(['check', 'rules', '--lint-fatal', 'rules.yml'], { 'rules.yml': out })
  assert.ok(asked.accepted, asked.said)
})

test('jobs and the place of the operations page are what the caller says', async () => {
  const given = ['--job', 'orders,payments', '--runbook-url', 'https://wiki/operations', '--json']
  const { groups } = JSON.parse((await exported('--format', 'prometheus', ...given)).out) as AlertRules
  const [down, ...none] = groups[0]!.rules
  assert.equal(down!.expr, 'up{job=~"orders|payments"} == 0')
  assert.deepEqual(
    none.filter(({ alert }) => alert === 'EventwrightNoProcess').map(({ expr }) => expr),
    ['absent(up{job="orders"})', 'absent(up{job="payments"})'],
  )
  for (const { annotations } of groups.flatMap(({ rules }) => rules))
    assert.match(annotations.runbook_url, /^https:\/\/wiki\/operations#eventwright[a-z]+$/)
})

test('Grafana gets a dashboard of the system', async () => {
  const { code, out } = await exported('--format', 'grafana')
  const { title, panels } = JSON.parse(out) as Dashboard
  assert.deepEqual([code, title], [0, 'Eventwright: shop'])
  for (const what of ['projection orders', 'subscription decision-mail', 'saga order-creation'])
    assert.ok(
      panels.some((panel) => panel.title.startsWith(what)),
      what,
    )
})

test('what does not exist is refused', async () => {
  assert.equal((await exported()).code, 2)
  assert.equal((await exported('--format', 'datadog')).code, 2)
  assert.equal((await exported('--format', 'prometheus', '--job', ',')).code, 2)
})
