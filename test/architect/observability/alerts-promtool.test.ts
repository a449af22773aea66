import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertRules, type AlertRules } from '../../../src/architect/observability/alerts.ts'
import { dashboard } from '../../../src/architect/observability/dashboard.ts'
import { yamlLines } from '../../../src/architect/yaml.ts'
import type { ConsumerReport } from '../../../src/runtime/lag/consumer-report.ts'
import { metricsOf, type MetricsSources } from '../../../src/runtime/metrics/metrics.ts'
import { askPromtool, promtoolPath } from '../../fixtures/promtool.ts'
import { watchedSystem } from './watched.fixture.ts'

const { graph } = watchedSystem()
const jobs = ['town', 'town (2)']
const rules = alertRules(graph, { system: 'town', jobs, runbookUrl: 'https://docs.example.com/operations' })
const yaml = (value: object): string => yamlLines(value).join('\n')
const count = ({ groups }: AlertRules): number => groups.reduce((sum, each) => sum + each.rules.length, 0)

function testWithPromtool(): void {
  test('promtool accepts the generated rules, and would not accept others', () => {
    const check = (text: string) => askPromtool(['check', 'rules', '--lint-fatal', 'rules.yml'], { 'rules.yml': text })
    const { accepted, said } = check(yaml(rules))
    assert.ok(accepted, said)
    assert.match(said, new RegExp(`SUCCESS: ${count(rules)} rules found`))
    assert.ok(!check(yaml(rules).replace('max by (job', 'max by (job,,')).accepted)
  })

  test('promtool understands every expression of the dashboard', () => {
    const expressions = dashboard(graph, { system: 'town', jobs }).panels.flatMap(({ targets = [] }) =>
      targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')),
    )
    const recorded = expressions.map((expr, index) => ({ record: `panel:${index}`, expr }))
    const file = yaml({ groups: [{ name: 'panels', rules: recorded }] })
    const { accepted, said } = askPromtool(['check', 'rules', 'panels.yml'], { 'panels.yml': file })
    assert.ok(accepted, said)
    assert.match(said, new RegExp(`SUCCESS: ${expressions.length} rules found`))
  })

  test('each alert fires for what it is there for and for nothing else', () => {
    const files = { 'rules.yml': yaml(rules), 'tests.yml': yaml({ rule_files: ['rules.yml'], tests }) }
    const { accepted, said } = askPromtool(['test', 'rules', 'tests.yml'], files)
    assert.ok(accepted, said)
    const fired = new Set(courses.flatMap(({ fires }) => fires))
    const all = new Set(rules.groups.flatMap((group) => group.rules.map(({ alert }) => alert)))
    assert.deepEqual(fired, all, 'no alert is left out')
  })
}

/** What comes to pass, and which alerts it makes fire. */
interface Course {
  readonly what: string
  readonly fires: readonly string[]
  /** What the processes answer all the time. */
  readonly world?: Partial<MetricsSources>
  /** What they answer from the 15th minute on, beside it. */
  readonly later?: Partial<MetricsSources>
  readonly up?: Readonly<Record<string, number>>
}

const idle = (name: string, source: string, more: Partial<ConsumerReport> = {}): ConsumerReport => ({
  name,
  source,
  position: 1,
  lag: 0,
  lagMs: 0,
  stalenessMs: 0,
  status: 'idle',
  buckets: 1,
  owners: ['a'],
  parkedKeys: 0,
  ...more,
})
const [open, mails] = ['view:open#2', 'post/subscription:mails']
const objective = { lag: 100, stalenessMs: 5_000, met: true }
const calm: MetricsSources = {
  heads: [5, 5],
  consumers: [
    idle(open, 'log', { objective }),
    idle(mails, 'news', { objective: { lag: 2, met: true } }),
    idle('sales/saga:settling<log', 'log', { objective: { stalenessMs: 1_500, met: true } }),
    idle('sales/saga:settling', 'mail', { objective: { stalenessMs: 1_500, met: true } }),
  ],
  deadLetters: [],
  sagas: [{ saga: 'settling', status: 'running', count: 3 }],
  commits: { batches: [1], units: 1, busyRetries: 0 },
}
const changed = (name: string, source: string, more: Partial<ConsumerReport>): Partial<MetricsSources> => ({
  consumers: [
    ...calm.consumers.filter((each) => each.name !== name || each.source !== source),
    idle(name, source, more),
  ],
})
const letter = { consumer: mails, code: 'TypeError', type: 'Placed', count: 1 }

const courses: readonly Course[] = [
  { what: 'nothing', fires: [] },
  { what: 'a process is down', fires: ['EventwrightProcessDown'], up: { 'town a': 1, 'town b': 0, 'town (2) a': 1 } },
  { what: 'a job is not scraped', fires: ['EventwrightNoProcess'], up: { 'town a': 1 } },
  {
    what: 'a stalled consumer',
    fires: ['EventwrightConsumerStalled'],
    world: changed(mails, 'news', { status: 'stalled' }),
  },
  {
    what: 'a stopped consumer',
    fires: ['EventwrightConsumerStopped'],
    world: changed(mails, 'news', { status: 'stopped' }),
  },
  {
    what: 'one that falls behind',
    fires: ['EventwrightConsumerFallingBehind'],
    world: changed(mails, 'news', { status: 'falling behind' }),
  },
  {
    what: 'one whose broker is away',
    fires: ['EventwrightConsumerBrokerAway'],
    world: changed(mails, 'news', { status: 'broker away' }),
  },
  {
    what: 'one that needs a newer release',
    fires: ['EventwrightConsumerNeedsNewerRelease'],
    world: changed(mails, 'news', { status: 'needs newer release' }),
  },
  { what: 'one ahead', fires: ['EventwrightConsumerAhead'], world: changed(mails, 'news', { status: 'ahead' }) },
  { what: 'the first dead letter', fires: ['EventwrightDeadLettersRising'], later: { deadLetters: [letter] } },
  {
    what: 'one dead letter more',
    fires: ['EventwrightDeadLettersRising'],
    world: { deadLetters: [letter] },
    later: { deadLetters: [{ ...letter, code: 'EW_X' }] },
  },
  { what: 'a dead letter as ever', fires: [], world: { deadLetters: [letter] } },
  { what: 'keys parked', fires: ['EventwrightKeysParked'], world: changed(mails, 'news', { parkedKeys: 1 }) },
  {
    what: 'a stuck saga',
    fires: ['EventwrightSagasStuck'],
    world: { sagas: [{ saga: 'settling', status: 'stuck', count: 1 }] },
  },
  {
    what: 'more mails wait than may',
    fires: ['EventwrightLagObjectiveMissed'],
    world: changed(mails, 'news', { lag: 3, lagMs: 900_000 }),
  },
  { what: 'as many as may', fires: [], world: changed(mails, 'news', { lag: 2, lagMs: 900_000 }) },
  {
    what: 'a view is behind',
    fires: ['EventwrightLagObjectiveMissed', 'EventwrightStalenessObjectiveMissed'],
    world: changed(open, 'log', { lag: 101, lagMs: 5_001, objective: { ...objective, met: false } }),
  },
  {
    what: 'a view of unknown age does not move',
    fires: ['EventwrightStalenessObjectiveMissed'],
    world: changed(open, 'log', { lag: 1, lagMs: null, stalenessMs: 6_000, objective }),
  },
  {
    what: 'a generation that is built',
    fires: [],
    world: changed('view:open#3', 'log', { lag: 9_999, lagMs: 99_000 }),
  },
  {
    what: 'mail of a saga waits',
    fires: ['EventwrightStalenessObjectiveMissed'],
    world: changed('sales/saga:settling', 'mail', { lag: 1, lagMs: 1_501 }),
  },
  {
    what: 'events for a saga wait',
    fires: ['EventwrightStalenessObjectiveMissed'],
    world: changed('sales/saga:settling<log', 'log', { lag: 1, lagMs: 1_501 }),
  },
]

const everyProcess = { 'town a': 1, 'town b': 1, 'town (2) a': 1 }
const minutes = 20
const emptied: MetricsSources = { heads: [], consumers: [], deadLetters: [], sagas: [], commits: undefined }

const tests = courses.map(({ what, fires, world = {}, later = {}, up = everyProcess }) => ({
  name: what,
  interval: '1m',
  input_series: Object.entries(up).flatMap(([process, answers]) => [
    { series: seriesOf('up', process, {}), values: `${answers}x${minutes}` },
    ...(answers === 0 ? [] : answered(process, { ...calm, ...world }, `{}x${minutes}`)),
    ...(answers === 0 ? [] : answered(process, { ...emptied, ...later }, `_x14 {}x${minutes - 14}`)),
  ]),
  promql_expr_test: [
    {
      expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: `${minutes}m`,
      exp_samples: fires.map((alert) => ({ labels: `{alertname="${alert}"}`, value: numberOf(what, alert) })),
    },
  ],
}))

/** Each job has consumers of its own, which are in the same trouble. */
function numberOf(what: string, alert: string): number {
  return alert === 'EventwrightProcessDown' || alert === 'EventwrightNoProcess' ? 1 : 2
}

/** What a process answers as series; `{}` stands for the value. */
function answered(process: string, sources: MetricsSources, values: string): readonly object[] {
  return metricsOf(sources).flatMap(({ name, samples }) =>
    samples.map(({ labels, value, suffix = '' }) => ({
      series: seriesOf(name + suffix, process, labels),
      values: values.replace('{}', String(value)),
    })),
  )
}

function seriesOf(name: string, process: string, labels: Readonly<Record<string, string>>): string {
  const at = process.lastIndexOf(' ')
  const all = { job: process.slice(0, at), instance: process.slice(at + 1), ...labels }
  const texts = Object.entries(all).map(([label, text]) => `${label}=${JSON.stringify(text)}`)
  return `${name}{${texts.join(',')}}`
}

if (promtoolPath() !== undefined) testWithPromtool()
