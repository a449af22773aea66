import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import type { SagaStory } from '../../../src/console/wire/sagas.ts'
import type { SystemMap } from '../../../src/console/wire/system-map.ts'
import { book, hotel } from '../console.fixture.ts'

test('the map of the system comes with its picture: a box for every part, lines between them, and how they do', async (t) => {
  const { open, desk } = await hotel(t, memory())
  const { nodes, edges, picture, services } = await desk.get<SystemMap>('system')
  assert.deepEqual(picture.boxes.map(({ id }) => id).toSorted(), nodes.map(({ id }) => id).toSorted())
  for (const { from, to } of edges)
    assert.ok(
      picture.lines.some(({ touches }) => touches.includes(from) && touches.includes(to)),
      `${from} ${to}`,
    )
  assert.deepEqual(services, [
    { service: 'rooms', owner: 'team-rooms', runsHere: true },
    { service: 'post', runsHere: true },
  ])
  await book(open, 'b1')
  assert.ok(await open.caughtUp({ timeoutMs: 60_000 }))
  const again = await desk.get<SystemMap>('system')
  assert.equal(again.nodes.find(({ id }) => id === 'projection:bookings')?.health, 'good')
  assert.deepEqual(again.picture, picture)
})

test('an instance of a saga comes with its graph: a box for every step, and one for every undo', async (t) => {
  const { open, desk } = await hotel(t, memory())
  await book(open, 'b1')
  assert.ok(await open.caughtUp({ timeoutMs: 60_000 }))
  const { steps, picture } = await desk.get<SagaStory>('sagas/stay%2Fb1')
  const ids = new Set(picture?.boxes.map(({ id }) => id))
  for (const { step, undo } of steps) {
    assert.ok(ids.has(`step:${step}`), step)
    assert.equal(ids.has(`undo:${step}`), undo !== 'none', step)
  }
})
