import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { patientStore } from '../../../src/runtime/loop/patient-store.ts'
import { message } from '../../../src/testing/contracts/broker-case.ts'
import { rejects } from '../../../src/testing/contracts/store-case.ts'
import { folderFor } from '../../fixtures/folder.ts'

test('the broker of a patient store waits while another process holds the lock, up to the deadline', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const opened = await sqlite(file).open({ clock: systemClock })
  t.after(() => opened.close())
  const patient = patientStore(opened, systemClock, 60_000).broker!
  const hasty = patientStore(opened, systemClock, 0).broker!
  await patient.ensure([{ name: 'notes', partitions: 1, retentionMs: undefined }])
  const other = new DatabaseSync(file)
  t.after(() => other.close())
  other.exec('begin immediate')
  let settled = false
  const published = patient.publish([message('notes', 'a')]).finally(() => (settled = true))
  await rejects(hasty.publish([message('notes', 'a')]), 'EW_STORE_BUSY')
  assert.equal(settled, false)
  other.exec('rollback')
  assert.deepEqual(await published, [{ kind: 'ok' }])
  assert.deepEqual(await patient.bounds('notes'), [{ partition: 0, first: 0, next: 1 }])
  const end = patient.watch(() => undefined)
  assert.equal(typeof end, 'function')
  end()
})
