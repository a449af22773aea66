import assert from 'node:assert/strict'
import { projection, service, system, systemClock, t } from 'eventwright'
import { patience } from '../../fixtures/patience.ts'
import { divided, Mark, Marked, Sheet } from '../loop/marks.fixture.ts'
import { running, until } from '../running.fixture.ts'
import { everyStoreKind, overStores } from '../stores.fixture.ts'

overStores(
  'what was parked in one bucket and belongs to those of another process is replayed once its key is mended',
  async (t_, adapter) => {
    const mending = { done: false }
    const store = divided(adapter, 8)
    const view = projection('marks', {
      from: [Marked],
      key: (e) => {
        if (!mending.done && e.id.startsWith('bad')) throw new Error('no key')
        return e.keys
      },
      row: { seen: t.string() },
    }).on({ Marked: (row, e) => ({ seen: `${row?.seen ?? ''} ${e.id}` }) })
    const sheets = system('sheets', { services: [service('sheets', { parts: [Sheet, view] })] })
    const first = await running(t_, sheets, { store, stuckAfter: 1_000 })
    const second = await running(t_, sheets, { store, stuckAfter: 1_000 })
    const look = await adapter.open({ clock: systemClock })
    t_.after(() => look.close())
    const consumer = 'view:marks#1'
    await until('both have some of it', async () => {
      const owners = (await look.ownership.list(consumer)).flatMap(({ owner }) => owner ?? [])
      return owners.length === 8 && new Set(owners).size === 2
    })
    const names = Array.from({ length: 5 }, (_, number) => `bad-${number}`)
    for (const id of names) await first.execute(Mark({ id, keys: [`row-${id}`, `other-${id}`] }))
    await until('all are parked', async () => (await look.parked.count(consumer)) === names.length)
    mending.done = true
    await second.operate.deadLetters.replayAll({ consumer, force: true })
    await until('nothing is parked', async () => (await look.parked.count(consumer)) === 0)
    for (const id of names)
      for (const key of [`row-${id}`, `other-${id}`])
        assert.deepEqual(await first.views.marks.get(key), { seen: ` ${id}` }, key)
    await first.execute(Mark({ id: 'after', keys: names.map((id) => `row-${id}`) }))
    assert.ok(await first.caughtUp(patience))
    for (const id of names) assert.equal((await first.views.marks.get(`row-${id}`))?.seen, ` ${id} after`)
  },
  everyStoreKind,
)
