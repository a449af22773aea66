import assert from 'node:assert/strict'
import { isEventwrightError, start, type Running } from 'eventwright'
import { patience } from '../fixtures/patience.ts'
import { all, until } from '../runtime/running.fixture.ts'
import { overStores } from '../runtime/stores.fixture.ts'
import { account } from './versions.fixture.ts'

const views = ['asyncView', 'inlineView', 'liveView'] as const
const open = async (version: 1 | 2, store: Parameters<typeof start>[1]['store']): Promise<Running<any, any>> =>
  (await start(account(version).system, { store })) as unknown as Running<any, any>

overStores('events of an older schema version are upcast on every way of reading them', async (_t, store) => {
  const old = await open(1, store)
  await old.execute(account(1).Open({ id: 'a', amount: '1' }))
  assert.ok(await old.caughtUp(patience))
  await old.stop()

  const now = await open(2, store)
  try {
    const { receipt } = (await now.execute(account(2).Open({ id: 'a', amount: '2' }))) as { receipt: string }
    for (const view of views) {
      const row = (await now.views[view]!.get('a', { after: receipt })) as { seen: string }
      assert.equal(row.seen, '1.00 GBP;2.00 GBP;', view)
    }
    const generation = await now.operate.rebuild('asyncView')
    await until('the rebuilt view is swapped in', async () =>
      (await now.inspect.views()).some(
        (each) => each.view === 'asyncView' && each.generation === generation && each.state === 'active',
      ),
    )
    assert.equal(((await now.views['asyncView']!.get('a')) as { seen: string }).seen, '1.00 GBP;2.00 GBP;')
    const read = await all(now.events.stream('Account/a'))
    assert.deepEqual(
      read.map((each) => (each.data as { currency: string }).currency),
      ['GBP', 'GBP'],
    )
    assert.deepEqual(
      read.map((each) => each.schemaVersion),
      [1, 2],
    )
  } finally {
    await now.stop()
  }
})

overStores(
  'an older release meets a newer schema version: a typed error for commands, its consumers step back, none is parked',
  async (_t, store) => {
    const now = await open(2, store)
    await now.execute(account(2).Open({ id: 'a', amount: '2' }))
    await now.stop()

    const old = await open(1, store)
    try {
      await assert.rejects(
        () => old.execute(account(1).Open({ id: 'a', amount: '3' })),
        (error) => isEventwrightError(error, 'EW_EVENT_NEWER'),
      )
      await until('its consumers say so', async () =>
        (await old.inspect.consumers()).some((each) => each.state === 'needs newer release'),
      )
      assert.deepEqual(await old.inspect.deadLetters.list({ limit: 10 }), [])
    } finally {
      await old.stop()
    }
  },
)

overStores(
  'the consumers of an older release step aside for a newer one, which goes on where they stopped',
  async (_t, store) => {
    const first = await open(1, store)
    await first.execute(account(1).Open({ id: 'a', amount: '1' }))
    assert.ok(await first.caughtUp(patience))
    const now = await open(2, store)
    try {
      await now.execute(account(2).Open({ id: 'a', amount: '2' }))
      assert.ok(await now.caughtUp(patience))
      for (const view of views) {
        assert.equal(((await now.views[view]!.get('a')) as { seen: string }).seen, '1.00 GBP;2.00 GBP;', view)
      }
      // The older release keeps its own rows as they were, and stays alive.
      await until('it says why', async () =>
        (await first.inspect.consumers()).some((each) => each.state === 'needs newer release'),
      )
      assert.equal(((await first.views['asyncView']!.get('a')) as { seen: string }).seen, '1.00 ?;')
      await first.execute(account(1).Open({ id: 'b', amount: '3' }))
      assert.ok(await now.caughtUp(patience))
      assert.equal(((await now.views['asyncView']!.get('b')) as { seen: string }).seen, '3.00 GBP;')
    } finally {
      await first.stop()
      await now.stop()
    }
  },
)
