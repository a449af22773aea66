import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, systemClock } from 'eventwright'
import { failure } from '../../../src/base/errors.ts'
import { boundsOf } from '../../../src/runtime/messages/channel-bounds.ts'

test('a channel that is gone has no partitions, and a broker that fails is no channel that is gone', async () => {
  const { broker } = await memory().open({ clock: systemClock })
  assert.deepEqual(await boundsOf(broker!, 'orders'), [])
  await broker!.ensure([{ name: 'orders', partitions: 2, retentionMs: undefined }])
  assert.deepEqual((await boundsOf(broker!, 'orders')).length, 2)
  const bounds = (): Promise<never> => Promise.reject(failure('EW_BROKER_FAILED', 'no line'))
  await assert.rejects(boundsOf({ ...broker!, bounds }, 'orders'), { code: 'EW_BROKER_FAILED' })
})
