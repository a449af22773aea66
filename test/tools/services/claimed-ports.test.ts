import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { claimPorts } from '../../../tools/services/claimed-ports.ts'
import { freePorts } from '../../../tools/services/ports.ts'
import { folderFor } from '../../fixtures/folder.ts'

const before = process.env['EVENTWRIGHT_DOWNLOADS']
after(() => {
  if (before === undefined) delete process.env['EVENTWRIGHT_DOWNLOADS']
  else process.env['EVENTWRIGHT_DOWNLOADS'] = before
})

test('servers that claim ports at once share none, and a home that is gone gives its ports back', async (t) => {
  const folder = (process.env['EVENTWRIGHT_DOWNLOADS'] = folderFor(t))
  const homes = Array.from({ length: 40 }, (_, n) => join(folder, `home-${n}`))
  for (const home of homes) mkdirSync(home)
  const count = 50
  // 2,000 of the 12,000 ports that there are: taken blindly, some would surely overlap.
  const firsts = await Promise.all(homes.map((home) => claimPorts(count, home)))
  const sorted = firsts.toSorted((a, b) => a - b)
  for (const [n, first] of sorted.entries()) assert.ok(n === 0 || first >= sorted[n - 1]! + count, `${sorted}`)
  const [left, moves] = homes.splice(0, 2)
  for (const home of homes) rmSync(home, { recursive: true })
  await claimPorts(1, moves!)
  const first = firsts[0]!
  assert.equal(await claimPorts(count, left!, first), first, 'whoever starts anew keeps his own')
  assert.notEqual(await claimPorts(1, moves!, first), first, 'nobody gets those of another who does not run')
  const claims = JSON.parse(readFileSync(join(folder, 'ports.json'), 'utf8')) as { home: string; count: number }[]
  assert.deepEqual(
    claims.map((claim) => [claim.home, claim.count]),
    [
      [left, count],
      [moves, 1],
    ],
  )
})

test('where nothing can be kept a server starts all the same', async (t) => {
  const folder = folderFor(t)
  writeFileSync(join(folder, 'file'), '')
  process.env['EVENTWRIGHT_DOWNLOADS'] = join(folder, 'file', 'below')
  const port = await claimPorts(1, folder)
  assert.equal(await claimPorts(1, folder, port), port)
})

test('what is taken is passed over', async () => {
  const asked: number[] = []
  const first = await freePorts(1, (port) => asked.push(port) < 5)
  assert.equal(asked.length, 5)
  assert.equal(asked[4], first)
})
