import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertEnded } from '../../../bench/sagas/ended.ts'
import { open as openMessages } from '../../../bench/sagas/message-ours.ts'
import { open as openRawMessages } from '../../../bench/sagas/message-raw.ts'
import { open as openOurs } from '../../../bench/sagas/saga-ours.ts'
import { open as openRaw } from '../../../bench/sagas/saga-raw.ts'
import { open as openSteps } from '../../../bench/sagas/step-commits.ts'
import type { Variant } from '../../../bench/variant.ts'
import { folderFor } from '../../fixtures/folder.ts'

/**
 * Measures a side for a moment, once everything in it has begun; its `close` rejects unless all that it has answered is
 * there.
 */
async function measured(open: Promise<Variant>): Promise<Readonly<Record<string, number>>> {
  const side = await open
  await side.measure(300)
  const { value, details } = await side.measure(300)
  await side.close()
  assert.ok(value > 0)
  return details as Readonly<Record<string, number>>
}

for (const local of [false, true]) {
  const what = local ? 'local steps' : 'calls over channels'
  test(`both sides write the same sagas with ${what}, and one alone waits for the disk as often`, async (t) => {
    const options = { callers: 1, local }
    const ours = await measured(openOurs(folderFor(t), options))
    const theirs = await measured(openRaw(folderFor(t), options))
    // A heartbeat or two may commit in between.
    assert.ok(ours['fsyncs']! <= theirs['fsyncs']! + 2, `${ours['fsyncs']} and ${theirs['fsyncs']}`)
  })

  test(`sagas with ${what} that are in flight together share commits on both sides`, async (t) => {
    const options = { callers: 16, local }
    const alone = (await measured(openRaw(folderFor(t), { callers: 1, local })))['fsyncs']!
    for (const open of [openOurs, openRaw])
      assert.ok((await measured(open(folderFor(t), options)))['fsyncs']! < alone / 2, open.toString().slice(0, 40))
  })
}

test('the stand-in for durable workflows commits five times for each', async (t) => {
  const { fsyncs } = await measured(openSteps(folderFor(t), { callers: 16 }))
  assert.equal(fsyncs, 5)
})

test('a file that lacks a saga which was answered is found out', async (t) => {
  const folder = folderFor(t)
  const side = await openRaw(folder, { callers: 1, local: true })
  await side.measure(50)
  await side.close()
  assert.throws(() => assertEnded(join(folder, 'shop.db'), 1_000_000, true), /1000000 sagas have ended/)
})

test('messages come to their handlers on both sides', async (t) => {
  for (const open of [
    openMessages(folderFor(t), { sent: true }),
    openMessages(folderFor(t), { sent: false }),
    openRawMessages(folderFor(t)),
  ]) {
    const { p50Ms, p99Ms } = await measured(open)
    assert.ok(p50Ms! > 0 && p99Ms! >= p50Ms!)
  }
})
