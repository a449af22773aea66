import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { declaredObjectives } from '../../../src/architect/observability/declared-objectives.ts'
import type { ViewBuild } from '../../../src/ports/views.ts'
import { judged, objectivesOf } from '../../../src/runtime/lag/objectives.ts'
import { Place, watchedSystem } from '../../architect/observability/watched.fixture.ts'
import { patience } from '../../fixtures/patience.ts'
import { gate, running, until } from '../running.fixture.ts'

test('an objective is missed by more than it allows, and age that nobody knows is judged by standing still', () => {
  const met = (lag: number, lagMs: number | null, stalenessMs: number): boolean =>
    judged({ lag: 10, staleness: '5s' }, { lag, lagMs, stalenessMs }).met
  assert.deepEqual(judged({ staleness: '5s' }, { lag: 999, lagMs: 5_000, stalenessMs: 0 }), {
    stalenessMs: 5_000,
    met: true,
  })
  assert.deepEqual(judged({ lag: 10 }, { lag: 11, lagMs: 0, stalenessMs: 0 }), { lag: 10, met: false })
  assert.deepEqual([met(10, 5_000, 0), met(11, 0, 0), met(10, 5_001, 0)], [true, false, false])
  assert.deepEqual([met(1, null, 5_000), met(1, null, 5_001), met(1, 1, 5_001)], [true, false, true])
})

test('of a view the generation is judged that is read and was built once', () => {
  const { graph } = watchedSystem()
  const { identity } = graph.projections.get('open')!.definition
  const build = (generation: number, state: ViewBuild['state'], of = identity): ViewBuild => ({
    view: 'open',
    generation,
    version: 1,
    identity: of,
    textHash: '',
    state,
    startedAtMs: 0,
  })
  const judgedOf = (builds: readonly ViewBuild[]): readonly number[] =>
    [1, 2].filter((generation) => objectivesOf(graph, builds, `view:open#${generation}`) !== undefined)
  assert.deepEqual(judgedOf([build(1, 'active'), build(2, 'building')]), [1])
  assert.deepEqual(judgedOf([build(1, 'retired'), build(2, 'active')]), [2])
  assert.deepEqual(judgedOf([build(1, 'active', 'of another release'), build(2, 'building')]), [])
  assert.equal(objectivesOf(graph, [build(1, 'active')], 'view:open#1@refeed'), undefined)
})

test('what works for a part with objectives is judged and nothing else, and alerts mean the same consumers', async (t) => {
  const town = watchedSystem()
  const open = await running(t, town, { store: memory() })
  await open.execute(Place({ id: 'a' }))
  await open.caughtUp(patience)
  const consumers = await open.inspect.consumers()
  const judgedNames = consumers.filter(({ objective }) => objective !== undefined).map(({ name }) => name)
  const parts = declaredObjectives(town.graph)
  const matching = (pattern: string): readonly string[] =>
    consumers.map(({ name }) => name).filter((name) => new RegExp(`^(?:${pattern})$`).test(name))
  assert.deepEqual(parts.flatMap(({ consumers: pattern }) => matching(pattern)).toSorted(), judgedNames.toSorted())
  for (const { name, consumers: pattern } of parts) assert.ok(matching(pattern).length > 0, name)
  assert.ok(consumers.some(({ name }) => name === 'view:closed#1') && !judgedNames.includes('view:closed#1'))
  assert.ok(consumers.every(({ objective }) => objective?.met !== false))
})

test('a handler that hangs misses its objective, metrics tell so, and it is kept again when the work is done', async (t) => {
  const door = gate()
  t.after(() => door.open())
  const open = await running(t, watchedSystem({ sent: () => door.passed }), { store: memory() })
  for (const id of ['a', 'b', 'c']) await open.execute(Place({ id }))
  const mails = async () => {
    const found = (await open.inspect.consumers()).filter(({ name }) => name === 'post/subscription:mails')
    return found.map(({ objective }) => objective)[0]
  }
  const told = async (line: string): Promise<boolean> => (await open.inspect.metrics()).includes(`\n${line}\n`)
  const labels = '{consumer="post/subscription:mails",source="news"}'
  await until('three messages wait', async () => (await mails())?.met === false)
  assert.deepEqual(await mails(), { lag: 2, met: false })
  assert.ok(await told(`eventwright_consumer_objective_lag_events${labels} 2`))
  assert.ok(await told(`eventwright_consumer_objective_met${labels} 0`))
  door.open()
  await until('the mails are sent', async () => (await mails())?.met === true)
  assert.ok(await told(`eventwright_consumer_objective_met${labels} 1`))
})
