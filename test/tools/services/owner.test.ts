import assert from 'node:assert/strict'
import { chmodSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { reachableFolder, serverOwner } from '../../../tools/services/owner.ts'
import { folderFor } from '../../fixtures/folder.ts'

const isRoot = process.getuid?.() === 0

test('whoever is not root runs the server himself, in the folder that he wishes', (t) => {
  assert.equal(serverOwner('postgres') === undefined, !isRoot)
  const folder = join(folderFor(t), 'deep/postgres')
  assert.equal(reachableFolder(folder, undefined), folder)
  assert.ok(statSync(folder).isDirectory())
})

if (isRoot) {
  test('a server of another user moves out of a folder that he cannot pass, and stays in one that he can', (t) => {
    const owner = serverOwner('no-such-user')
    assert.ok(owner !== undefined && owner.uid > 0)
    const folder = folderFor(t)
    const other = reachableFolder(join(folder, 'postgres'), owner)
    t.after(() => rmSync(other, { recursive: true }))
    assert.ok(!other.startsWith(folder))
    assert.equal(statSync(other).mode & 0o777, 0o755)
    chmodSync(folder, 0o755)
    assert.equal(reachableFolder(join(folder, 'postgres'), owner), join(folder, 'postgres'))
  })
}
