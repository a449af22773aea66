import assert from 'node:assert/strict'
import { projection, service, system, systemClock, t } from 'eventwright'
import { bucketOfKey } from '../../../src/ports/ownership.ts'
import { patience } from '../../fixtures/patience.ts'
import { divided, Mark, Marked, Sheet } from '../loop/marks.fixture.ts'
import { running, until } from '../running.fixture.ts'
import { everyStoreKind, overStores } from '../stores.fixture.ts'

/** A view whose key cannot be told of events that are bad, as long as it is so. */
const sheetsWhile = (isBroken: () => boolean) => {
  const view = projection('marks', {
    from: [Marked],
    key: (e) => {
      if (isBroken() && e.id.startsWith('bad')) throw new Error('no key')
      return e.keys
    },
    row: { seen: t.string() },
  }).on({ Marked: (row, e) => ({ seen: `${row?.seen ?? ''} ${e.id}` }) })
  return system('sheets', { services: [service('sheets', { parts: [Sheet, view] })] })
}
const consumer = 'view:marks#1'
const buckets = 8

overStores(
  'what was parked in one bucket and belongs to those of another process is replayed once its key is mended',
  async (t_, adapter) => {
    const mending = { done: false }
    const store = divided(adapter, buckets)
    const sheets = sheetsWhile(() => !mending.done)
    const first = await running(t_, sheets, { store, stuckAfter: 1_000 })
    const second = await running(t_, sheets, { store, stuckAfter: 1_000 })
    const look = await adapter.open({ clock: systemClock })
    t_.after(() => look.close())
    await until('both have some of it', async () => {
      const owners = (await look.ownership.list(consumer)).flatMap(({ owner }) => owner ?? [])
      return owners.length === buckets && new Set(owners).size === 2
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

overStores(
  'what a row has applied by itself is not applied again by a replay, and not behind what came later',
  async (t_, adapter) => {
    const store = divided(adapter, buckets)
    const look = await adapter.open({ clock: systemClock })
    t_.after(() => look.close())
    const owners = async () => (await look.ownership.list(consumer)).map(({ owner }) => owner)
    // The former release sets aside what the new one, which has rows of the same event, can tell the keys of.
    const former = await running(
      t_,
      sheetsWhile(() => true),
      { store },
    )
    await until('it has all', async () => (await owners()).filter((owner) => owner !== null).length === buckets)
    const [its] = await owners()
    const open = await running(
      t_,
      sheetsWhile(() => false),
      { store },
    )
    let owned: readonly (string | null)[] = []
    await until(
      'both have some of it',
      async () => new Set((owned = await owners())).size === 2 && !owned.includes(null),
    )
    const named = (isIts: boolean, name: string): string => {
      for (let n = 0; ; n++) if ((owned[bucketOfKey(`${name}${n}`, buckets)] === its) === isIts) return `${name}${n}`
    }
    const [early, late] = [named(true, 'Sheet/bad-early'), named(true, 'Sheet/bad-late')]
    const [done, skipped, behind] = [named(false, 'done'), named(true, 'skipped'), named(false, 'behind')]
    const idOf = (stream: string): string => stream.slice('Sheet/'.length)
    await open.execute(Mark({ id: idOf(early), keys: [done, skipped] }))
    await open.execute(Mark({ id: idOf(late), keys: [behind, skipped] }))
    await open.execute(Mark({ id: 'more', keys: [behind] }))
    const { marks } = open.views
    const seen = async (key: string) => (await marks.get(key))?.seen
    await until('two are parked', async () => (await look.parked.count(consumer)) === 2)
    await until('one is done', async () => (await seen(behind)) === ` ${idOf(late)} more`)
    await former.stop()

    const letters = open.operate.deadLetters
    await letters.replay(consumer, early, { force: true })
    await until('one is left', async () => (await look.parked.count(consumer)) === 1)
    assert.deepEqual([await seen(done), await seen(skipped)], [` ${idOf(early)}`, ` ${idOf(early)}`])

    await letters.replay(consumer, late, { force: true })
    const story = async () => (await open.inspect.deadLetters.get(consumer, late))!
    await until('it has failed again', async () => (await story()).code === 'EW_VIEW_REPLAY')
    assert.match((await story()).message, /discard the event here and rebuild those rows/)
    assert.deepEqual([await seen(behind), await seen(skipped)], [` ${idOf(late)} more`, ` ${idOf(early)}`])
    await letters.discard(consumer, late, { who: 'ann', why: 'rows are made anew' })
    await until('none is left', async () => (await look.parked.count(consumer)) === 0)
    for (const key of [behind, skipped]) await open.operate.views.rebuildKey('marks', key)
    assert.deepEqual(
      [await seen(behind), await seen(skipped)],
      [` ${idOf(late)} more`, ` ${idOf(early)} ${idOf(late)}`],
    )
  },
  everyStoreKind,
)
