import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, systemClock } from 'eventwright'
import { failure } from '../../../src/base/errors.ts'
import type { Store } from '../../../src/ports/store.ts'
import { standing } from '../../../src/runtime/loop/lag.ts'

const row = { consumer: 'c', bucket: 0, epoch: 1, owner: null, untilMs: null, wanted: null, position: 7 }

/** A store whose broker answers so, and how often it was asked. */
async function asked(answer: () => Promise<never>): Promise<{ readonly store: Store; times(): number }> {
  const store = await memory().open({ clock: systemClock })
  let times = 0
  const bounds = (): Promise<never> => {
    times++
    return answer()
  }
  return { store: { ...store, broker: { ...store.broker!, bounds } }, times: () => times }
}

test('a channel that is gone leaves no lag, and a broker that fails is no channel without lag', async () => {
  const gone = await asked(async () => {
    throw failure('EW_CHANNEL_UNKNOWN', 'gone')
  })
  assert.deepEqual(await standing(gone.store, 'orders', [{ ...row, source: 'orders' }]), { position: 7, lag: 0 })
  const failing = await asked(async () => {
    throw failure('EW_BROKER_FAILED', 'no line')
  })
  await assert.rejects(standing(failing.store, 'orders', [{ ...row, source: 'orders' }]), { code: 'EW_BROKER_FAILED' })
  assert.deepEqual([gone.times(), failing.times()], [1, 1])
})

test('the broker is not asked for what the store itself brings', async () => {
  const { store, times } = await asked(() => Promise.reject(new Error('asked')))
  for (const source of ['log', 'outbox', 'mail', 'timers'])
    assert.deepEqual(await standing(store, source, [{ ...row, source }]), { position: 7, lag: 0 }, source)
  assert.equal(times(), 0)
})
