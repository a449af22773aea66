import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { folderFor } from '../../fixtures/folder.ts'
import { line, shopModule } from '../line.fixture.ts'

test('the map of a system is printed, or written to a file, and as JSON says the same', async (t) => {
  const folder = folderFor(t)
  const printed = await line(folder, 'diagram', 'map', '--system', shopModule)
  assert.equal(printed.code, 0)
  assert.match(printed.out, /^<svg [^]*<title id="title">Map of [^]*<\/svg>\n$/)
  const written = await line(folder, 'diagram', 'map', '--system', shopModule, '--out', 'map.svg')
  assert.deepEqual([written.code, written.out], [0, ''])
  assert.equal(readFileSync(join(folder, 'map.svg'), 'utf8'), printed.out)
  const { out } = await line(folder, 'diagram', 'map', '--system', shopModule, '--json')
  const { parts } = JSON.parse(out) as { parts: readonly { readonly id: string; readonly name: string }[] }
  assert.ok(parts.some(({ id }) => id === 'command:PlaceOrder'))
  for (const { name } of parts) assert.ok(printed.out.includes(name), name)
})
