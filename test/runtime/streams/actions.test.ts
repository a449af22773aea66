import assert from 'node:assert/strict'
import { operatorEvent } from '../../../src/runtime/forgetting/operator-event.ts'
import { deletionsAfter, streamActions } from '../../../src/runtime/streams/actions.ts'
import { overStores } from '../stores.fixture.ts'
import { ann, fill, opened } from './streams.fixture.ts'

const bob = { who: 'bob "the" <b>', why: 'he said so\n— twice' }

overStores(
  'what was done is told newest first, by stream and page by page, among what else operators do',
  async (t, adapter) => {
    const store = await opened(t, adapter)
    assert.deepEqual(await streamActions(store.log, { limit: 9 }), [])
    for (const id of ['a', 'b']) await fill(store, `Order/${id}`, 2)
    await store.orders.archive('Order/a', ann)
    for (let n = 0; n < 1_100; n += 100) {
      const others = Array.from({ length: 100 }, () =>
        operatorEvent('ConsumerForgotten', { consumer: 'c' }, { ...ann, nowMs: 0 }),
      )
      await store.commit(others.map((append) => ({ appends: [append] })))
    }
    await store.orders.reopen('Order/a', bob)
    await store.orders.delete('Order/b', ann)
    const all = await streamActions(store.log, { limit: 9 })
    assert.deepEqual(
      all.map(({ at: _, ...action }) => action),
      [
        { what: 'erased', stream: 'Order/b', ...ann, no: 1_104 },
        { what: 'deleted', stream: 'Order/b', ...ann, no: 1_103 },
        { what: 'open', stream: 'Order/a', ...bob, no: 1_102 },
        { what: 'archived', stream: 'Order/a', ...ann, no: 1 },
      ],
    )
    assert.ok(all.every(({ at }) => !Number.isNaN(Date.parse(at))))
    const nos = async (page = {}): Promise<readonly number[]> =>
      (await streamActions(store.log, { limit: 9, ...page })).map(({ no }) => no)
    assert.deepEqual(await nos({ limit: 2 }), [1_104, 1_103])
    assert.deepEqual(await nos({ limit: 2, before: 1_103 }), [1_102, 1])
    assert.deepEqual(await nos({ before: 1 }), [])
    assert.deepEqual(await nos({ stream: 'Order/a' }), [1_102, 1])
    assert.deepEqual(await nos({ stream: 'Order/c' }), [])
    assert.deepEqual(await deletionsAfter(store.log, 0), { streams: ['Order/b'], end: 1_104 })
    assert.deepEqual(await deletionsAfter(store.log, 1_103), { streams: ['Order/b'], end: 1_104 })
    assert.deepEqual(await deletionsAfter(store.log, 1_104), { streams: [], end: 1_104 })
  },
)
