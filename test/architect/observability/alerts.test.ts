import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { service, system } from 'eventwright'
import { alarmingStatuses, alertRules } from '../../../src/architect/observability/alerts.ts'
import { isAlarming, lagStatuses } from '../../../src/runtime/lag/evaluation.ts'
import { watchedSystem } from './watched.fixture.ts'

const options = { system: 'town', jobs: ['town'], runbookUrl: 'docs/operations.md' }
const [standard, objectives] = alertRules(watchedSystem().graph, options).groups

test('every status that is alarming has its alert, and no other', () => {
  assert.deepEqual(alarmingStatuses.toSorted(), lagStatuses.filter(isAlarming).toSorted())
})

test('each declared objective is an alert with its number, its consumers and the team that is called', () => {
  const told = objectives!.rules.map(({ alert, labels: { severity, service, team, ...part }, expr }) => {
    const [, consumers, limit] = /consumer=~"([^"]+)".* > ([\d.]+)$/.exec(expr) ?? []
    return [alert, { severity, service, team }, part, consumers, limit]
  })
  const [sales, post] = ['sales', 'post'].map((name) => ({
    severity: 'warning',
    service: name,
    team: name === 'sales' ? 'team {{"{{"}}sales}}' : undefined,
  }))
  const [lag, staleness] = ['EventwrightLagObjectiveMissed', 'EventwrightStalenessObjectiveMissed']
  assert.deepEqual(told, [
    [lag, sales, { projection: 'open' }, 'view:open#[0-9]+', '100'],
    [staleness, sales, { projection: 'open' }, 'view:open#[0-9]+', '5'],
    [lag, post, { subscription: 'mails' }, 'post/subscription:mails(@.+)?', '2'],
    [staleness, sales, { saga: 'settling' }, 'sales/saga:settling(<.+)?', '1.5'],
    [lag, sales, { process: 'following' }, 'sales/process:following(<.+)?', '999'],
  ])
  const none = system('calm', { services: [service('idle', { parts: [] })] }).graph
  assert.deepEqual(
    alertRules(none, options).groups.map(({ name }) => name),
    ['eventwright-town'],
  )
})

test('each alert says what to do and points to its section of docs/operations.md, and each section has its alert', () => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const sections = [...page.matchAll(/^### (Eventwright\w+)$/gm)].map(([, name]) => name!)
  const rules = [...standard!.rules, ...objectives!.rules]
  assert.deepEqual([...new Set(rules.map(({ alert }) => alert))].toSorted(), sections.toSorted())
  for (const { alert, annotations } of rules) {
    assert.equal(annotations.runbook_url, `docs/operations.md#${alert.toLowerCase()}`)
    assert.ok(annotations.summary.length > 0 && annotations.description.length > 0)
  }
})
