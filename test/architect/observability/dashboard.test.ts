import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dashboard } from '../../../src/architect/observability/dashboard.ts'
import { metricTable } from '../../../src/design/metrics.ts'
import { watchedSystem } from './watched.fixture.ts'

const made = dashboard(watchedSystem().graph, { system: 'town', jobs: ['town'] })
const expressions = made.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

test('panels have numbers of their own and places that do not overlap', () => {
  const { panels } = made
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const taken = new Set<string>()
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(!taken.has(`${x},${y}`), `${title} lies on another panel`)
        taken.add(`${x},${y}`)
      }
  }
})

test('every metric is shown, and what is asked for exists', () => {
  const parts = new Map(
    Object.entries(metricTable).flatMap(([name, { type }]) =>
      (type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).map((end) => [name + end, name] as const),
    ),
  )
  const asked = expressions.flatMap((expr) => [...expr.matchAll(/eventwright_\w+/g)].map(([name]) => name))
  for (const name of asked) assert.ok(parts.has(name), name)
  const shown = new Set(asked.map((name) => parts.get(name)))
  assert.deepEqual([...shown].toSorted(), Object.keys(metricTable).toSorted())
})

test('every declared objective has a panel with what is allowed beside what is', () => {
  const panels = made.panels.filter(({ targets }) => targets?.some(({ expr }) => expr.startsWith('max(')))
  assert.deepEqual(
    panels.map(({ title }) => title),
    [
      'projection open: at most 100 events or messages waiting',
      'projection open: nothing waiting for more than 5s',
      'subscription mails: at most 2 events or messages waiting',
      'saga settling: nothing waiting for more than 1500ms',
      'process following: at most 999 events or messages waiting',
    ],
  )
})

test('the same design makes the same dashboard, which takes the place of the one before', () => {
  const again = dashboard(watchedSystem().graph, { system: 'town', jobs: ['town'] })
  assert.equal(JSON.stringify(again), JSON.stringify(made))
  assert.ok(made.uid.length <= 40 && /^[\w-]+$/.test(made.uid))
  assert.notEqual(dashboard(watchedSystem().graph, { system: 'city', jobs: ['town'] }).uid, made.uid)
})
