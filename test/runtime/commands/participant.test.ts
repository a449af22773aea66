import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import { fakeClock } from 'eventwright/testing'
import {
  afterLookAt,
  Charge,
  during,
  participating,
  Release,
  Reserve,
  Stock,
  type Participating,
} from '../participant.fixture.ts'
import { gate } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const refused = (code: string) => ({ status: 'refused', code })
const done = { status: 'done' }
const reserved = { status: 'done', reply: { left: '7' } }
const reserve = (count = 3) => Reserve({ sku: 's', order: 'o', count })
const release = Release({ sku: 's', order: 'o' })
const undo = { key: 'o/undo', undoes: 'o/do' }

async function stocked(t: TestContext, adapter: StoreAdapter, options?: Parameters<typeof participating>[2]) {
  const open = await participating(t, adapter, options)
  await open.ask(Stock({ sku: 's', count: 10 }), { key: 'stock' })
  return open
}

async function again(t: TestContext, adapter: StoreAdapter, before: Participating): Promise<Participating> {
  await before.close()
  return participating(t, adapter)
}

overStores('a step is executed once; each copy gets the stored reply, after a restart too', async (t, adapter) => {
  const open = await stocked(t, adapter)
  assert.deepEqual(await open.ask(reserve(), { key: 'o/do' }), reserved)
  await open.ask(Reserve({ sku: 's', order: 'other', count: 1 }), { key: 'other/do' })
  assert.deepEqual(await open.ask(reserve(), { key: 'o/do' }), reserved)
  const later = await again(t, adapter, open)
  assert.deepEqual(await later.ask(reserve(), { key: 'o/do' }), reserved)
  assert.deepEqual(await later.ledger('s', 'o'), ['Reserved'])
})

overStores('the key of a step with another request is EW_KEY_REUSED', async (t, adapter) => {
  const { ask, ledger } = await stocked(t, adapter)
  await ask(reserve(), { key: 'o/do' })
  await assert.rejects(ask(reserve(4), { key: 'o/do' }), { code: 'EW_KEY_REUSED' })
  assert.deepEqual(await ledger('s', 'o'), ['Reserved'])
})

overStores('a step after its deadline is refused by `expired`, for good', async (t, adapter) => {
  const clock = fakeClock()
  const open = await stocked(t, adapter, { clock })
  const deadlineAtMs = clock.now() - 1
  assert.deepEqual(await open.ask(reserve(), { key: 'o/do', deadlineAtMs }), refused('expired'))
  assert.deepEqual(await open.ask(reserve(), { key: 'o/do', deadlineAtMs: clock.now() + 1 }), refused('expired'))
  const later = await again(t, adapter, open)
  assert.deepEqual(await later.ask(reserve(), { key: 'o/do', finalRefusals: [] }), refused('expired'))
  assert.deepEqual(await later.ledger('s', 'o'), [])
})

overStores('a step in time has its outcome, and copies after the deadline get it', async (t, adapter) => {
  const clock = fakeClock()
  const { ask } = await stocked(t, adapter, { clock })
  const request = { key: 'o/do', deadlineAtMs: clock.now() }
  assert.deepEqual(await ask(reserve(), request), reserved)
  await clock.advance(1)
  assert.deepEqual(await ask(reserve(), request), reserved)
})

overStores('of two copies of which one comes too late, both answer what was committed first', async (t, adapter) => {
  const other = await stocked(t, adapter)
  const slow = afterLookAt(adapter, 'o/do', () => other.ask(reserve(), { key: 'o/do' }))
  const { ask } = await participating(t, slow)
  assert.deepEqual(await ask(reserve(), { key: 'o/do', deadlineAtMs: 0 }), reserved)
})

overStores('a refusal is kept if it is final; any other leaves no trace and is asked again', async (t, adapter) => {
  const { ask, store } = await stocked(t, adapter)
  const tooMany = Reserve({ sku: 's', order: 'o', count: 11 })
  const cases = [
    ['passing', ['no_such_sku']],
    ['none final', []],
    ['final', ['out_of_stock']],
    ['all final', null],
  ] as const
  for (const [key, finalRefusals] of cases) {
    assert.deepEqual(await ask(tooMany, { key, finalRefusals }), refused('out_of_stock'))
    const kept = await store.inbox.get('inventory', 'participant', key)
    assert.equal(kept !== undefined, key === 'final' || key === 'all final', key)
  }
  await ask(Stock({ sku: 's', count: 1 }), { key: 'more' })
  for (const [key, finalRefusals] of cases.slice(2))
    assert.deepEqual(await ask(tooMany, { key, finalRefusals }), refused('out_of_stock'))
  assert.deepEqual(await ask(tooMany, { key: 'passing', finalRefusals: [] }), { status: 'done', reply: { left: '0' } })
})

overStores('a refusal that rests on what a copy has done meanwhile is not the answer', async (t, adapter) => {
  const other = await stocked(t, adapter)
  const slow = afterLookAt(adapter, 'o/do', () => other.ask(reserve(), { key: 'o/do' }))
  const { ask } = await participating(t, slow)
  assert.deepEqual(await ask(reserve(), { key: 'o/do', finalRefusals: [] }), reserved)
})

overStores('an undo undoes what was done, once, whatever its data are the second time', async (t, adapter) => {
  const open = await stocked(t, adapter)
  await open.ask(reserve(), { key: 'o/do' })
  assert.deepEqual(await open.ask(release, { ...undo, deadlineAtMs: 0 }), done)
  assert.deepEqual(await open.ask(Release({ sku: 's', order: 'o', note: 'known by now' }), undo), done)
  const later = await again(t, adapter, open)
  assert.deepEqual(await later.ask(release, undo), done)
  assert.deepEqual(await later.ask(reserve(), { key: 'o/do' }), reserved)
  assert.deepEqual(await later.ledger('s', 'o'), ['Reserved', 'Released'])
})

overStores('an undo before its step executes nothing and refuses the step that comes late', async (t, adapter) => {
  const open = await stocked(t, adapter)
  // Executed, it would be refused: nothing is reserved.
  assert.deepEqual(await open.ask(release, undo), done)
  assert.deepEqual(await open.ask(release, undo), done)
  assert.deepEqual(await open.ask(reserve(), { key: 'o/do' }), refused('undone'))
  const later = await again(t, adapter, open)
  assert.deepEqual(await later.ask(reserve(), { key: 'o/do', finalRefusals: [], deadlineAtMs: 0 }), refused('undone'))
  assert.deepEqual(await later.ask(release, undo), done)
  assert.deepEqual(await later.ask(release, { ...undo, key: 'o/undo/2' }), done)
  assert.deepEqual(await later.ledger('s', 'o'), [])
})

overStores('an undo of a step that was refused or came too late has nothing to do', async (t, adapter) => {
  const { ask, store, ledger } = await stocked(t, adapter)
  await ask(reserve(11), { key: 'refused' })
  await ask(reserve(), { key: 'expired', deadlineAtMs: 0 })
  for (const undoes of ['refused', 'expired']) {
    const before = await store.inbox.get('inventory', 'participant', undoes)
    assert.deepEqual(await ask(release, { key: `undo of ${undoes}`, undoes }), done)
    assert.deepEqual(await store.inbox.get('inventory', 'participant', undoes), before)
  }
  assert.deepEqual(await ledger('s', 'o'), [])
})

overStores('an undo of a step whose refusal left no trace keeps its copies from acting', async (t, adapter) => {
  const { ask } = await stocked(t, adapter)
  assert.deepEqual(await ask(reserve(11), { key: 'o/do', finalRefusals: [] }), refused('out_of_stock'))
  assert.deepEqual(await ask(release, undo), done)
  await ask(Stock({ sku: 's', count: 5 }), { key: 'more' })
  assert.deepEqual(await ask(reserve(11), { key: 'o/do', finalRefusals: [] }), refused('undone'))
})

overStores('what a step or an undo throws leaves nothing behind: the same key is tried again', async (t, adapter) => {
  const { ask, ledger } = await stocked(t, adapter)
  t.after(() => Object.assign(during, { reserve: () => undefined, release: () => undefined }))
  const fail = () => {
    throw new Error('the shelf is stuck')
  }
  Object.assign(during, { reserve: fail, release: fail })
  await assert.rejects(ask(reserve(), { key: 'o/do' }), /the shelf is stuck/)
  during.reserve = () => undefined
  assert.deepEqual(await ask(reserve(), { key: 'o/do' }), reserved)
  await assert.rejects(ask(release, undo), /the shelf is stuck/)
  during.release = () => undefined
  assert.deepEqual(await ask(release, undo), done)
  assert.deepEqual(await ledger('s', 'o'), ['Reserved', 'Released'])
})

overStores('a step that is at work when its undo comes has no effect any more', async (t, adapter) => {
  const { ask, ledger } = await stocked(t, adapter)
  const [inside, door] = [gate(), gate()]
  t.after(() => (during.reserve = () => undefined))
  during.reserve = () => {
    inside.open()
    return door.passed
  }
  const late = ask(reserve(), { key: 'o/do' })
  await inside.passed
  assert.deepEqual(await ask(release, undo), done)
  door.open()
  assert.deepEqual(await late, refused('undone'))
  assert.deepEqual(await ledger('s', 'o'), [])
})

overStores('an undo that found nothing and loses against its step decides anew', async (t, adapter) => {
  const other = await stocked(t, adapter)
  const slow = afterLookAt(adapter, 'o/do', () => other.ask(reserve(), { key: 'o/do' }))
  const { ask, ledger } = await participating(t, slow)
  assert.deepEqual(await ask(release, undo), done)
  assert.deepEqual(await ledger('s', 'o'), ['Reserved', 'Released'])
})

overStores('an undo that found nothing and loses against its own copy answers as that did', async (t, adapter) => {
  const other = await stocked(t, adapter)
  await other.ask(reserve(), { key: 'o/do' })
  const { ask, ledger } = await participating(
    t,
    afterLookAt(adapter, 'o/undo', () => other.ask(release, undo)),
  )
  assert.deepEqual(await ask(release, undo), done)
  assert.deepEqual(await ledger('s', 'o'), ['Reserved', 'Released'])
})

overStores('services that share a store do not meet, nor do keys that callers choose', async (t, adapter) => {
  const { ask, store } = await stocked(t, adapter)
  assert.deepEqual(await ask(release, { key: 'undo', undoes: 'do' }), done)
  assert.deepEqual(await ask(Charge({ order: 'o' }), { key: 'do' }), done)
  assert.equal(await store.inbox.get('inventory', 'commands', 'do'), undefined)
})

overStores('a request that is not fit, or not allowed, leaves nothing behind', async (t, adapter) => {
  const authorise = (_: unknown, { actor }: { readonly actor?: string }) => actor !== 'mallory'
  const { ask, ledger } = await stocked(t, adapter, { authorise })
  await assert.rejects(ask(release, { ...undo, actor: 'mallory' }), { code: 'EW_UNAUTHORISED' })
  await assert.rejects(ask(release, { key: 'o/do', undoes: 'o/do' }), { code: 'EW_CONFIG' })
  for (const bad of ['', 'a\ud800', 'a\u0000']) {
    await assert.rejects(ask(reserve(), { key: bad }), { code: 'EW_TEXT' })
    await assert.rejects(ask(release, { key: 'o/undo', undoes: bad }), { code: 'EW_TEXT' })
  }
  assert.deepEqual(await ask(reserve(), { key: 'o/do' }), reserved)
  assert.deepEqual(await ledger('s', 'o'), ['Reserved'])
})
