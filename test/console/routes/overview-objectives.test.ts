import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import type { Overview } from '../../../src/console/wire/overview.ts'
import { Place, watchedSystem } from '../../architect/observability/watched.fixture.ts'
import { gate, running, until } from '../../runtime/running.fixture.ts'
import { enter } from '../console.fixture.ts'

test('an objective that is missed needs attention until it is kept again', async (t) => {
  const door = gate()
  t.after(() => door.open())
  const open = await running(t, watchedSystem({ sent: () => door.passed }), { store: memory() })
  const desk = await enter(t, open)
  const look = async () => {
    const { concerns, consumers } = await desk.get<Overview>('overview')
    const mails = consumers.find(({ name }) => name === 'post/subscription:mails')!
    return { mails, late: concerns.find(({ what }) => what === 'post/subscription:mails misses its objective') }
  }
  const { mails: calm, late: none } = await look()
  assert.deepEqual([calm.health, calm.objective, none], ['good', { lagMessages: 2, met: true }, undefined])
  for (const id of ['a', 'b', 'c']) await open.execute(Place({ id }))
  await until('it is missed', async () => (await look()).mails.objective?.met === false)
  const { mails, late } = await look()
  assert.equal(mails.health, 'warn')
  assert.deepEqual(
    [late?.health, late?.kind, late?.count, late?.unit, late?.place.page],
    ['warn', 'consumer', 3, 'messages behind', 'channels'],
  )
  assert.match(late!.remedy, /further behind than the design allows/)
  door.open()
  await until('it is kept', async () => (await look()).late === undefined)
  await until('all is done', async () => (await look()).mails.health === 'good')
})
