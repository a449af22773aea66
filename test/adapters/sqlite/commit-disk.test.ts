import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isReplayable } from '../../../src/adapters/sqlite/commit.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { append, claimed, inbox, move, put, unit } from '../../../src/testing/contracts/store-case.ts'
import { folderFor } from '../../fixtures/folder.ts'

test('only rows and positions may be lost by a power cut; a unit with anything else waits for the disk', async () => {
  const store = await sqlite(':memory:').open({ clock: systemClock })
  const positions = [move(await claimed(store), 1)]
  const rows = [put('a', {})]
  assert.equal(
    isReplayable([
      { positions, rows },
      { positions, appends: [] },
    ]),
    true,
  )
  const mail = { saga: 'Pay', address: 'Pay/1', key: 'k' }
  const known = { saga: 'Pay', service: 's', definitionVersion: 1, status: 'running', closed: false }
  const row = { ...known, id: 'Pay/1', version: 1, dueAtMs: null, state: '', startedAtMs: 0 }
  const others = [
    unit('A/1'),
    { positions, appends: [append('A/1', 1, 0)] },
    { positions, inbox: [inbox('k')] },
    { positions, parks: [{ kind: 'unpark', consumer: 'orders', key: 'k' }] as const },
    { positions, statements: [{ sql: 'delete from x', params: [] }] },
    { positions, snapshots: [{ stream: 'A/1', identity: 'i', version: 1, state: '' }] },
    {
      positions,
      outbox: [{ id: 'm', service: 's', channel: 'c', key: 'k', type: 'T', headers: '{}', value: '{}' }],
    },
    { positions, sagas: [row] },
    { positions, mail: [{ ...mail, kind: 'reply', body: '' }] },
    { positions, mailUsed: [mail] },
    { positions, timers: [{ kind: 'remove', id: 't' }] as const },
  ]
  for (const other of others) assert.equal(isReplayable([{ positions, rows }, other]), false, Object.keys(other).join())
  await store.close()
})

// A disk of one megabyte in a name space of its own, which needs no rights where the system allows it at all.
const script = 'mount -t tmpfs -o size=1m tmpfs "$1" && shift && exec "$@"'
const onSmallDisk = (folder: string, command: readonly string[]) =>
  spawnSync('unshare', ['-Urm', 'sh', '-c', script, 'sh', folder, ...command], { encoding: 'utf8' })

if (onSmallDisk(tmpdir(), ['true']).status !== 0) {
  console.log('not run: a full disk (no small disk can be made on this system)')
} else {
  test('a full disk refuses commits whole, and they go on once there is room', (t) => {
    const folder = folderFor(t)
    const fixture = fileURLToPath(new URL('../../fixtures/filling-process.ts', import.meta.url))
    const command = [process.execPath, '--conditions=eventwright-source', fixture, folder]
    const { stdout, stderr, status } = onSmallDisk(folder, command)
    assert.deepEqual([stdout, status], ['EW_STORE_FULL\nwhole\ngoes on\n', 0], stderr)
  })
}
