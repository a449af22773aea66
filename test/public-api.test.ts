import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { publicNames } from '../tools/api-page.ts'
import { root } from '../tools/root.ts'

const page = readFileSync(join(root, 'docs/reference/api.md'), 'utf8')
const entries = publicNames()

test('the page of public names lists exactly what the entries export (npm run derive writes it)', () => {
  const documented = page
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      entry: section.slice(0, section.indexOf('\n')),
      names: [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name),
    }))
  assert.deepEqual(
    documented,
    entries.map(({ entry, rows }) => ({ entry, names: rows.map(({ name }) => name) })),
  )
})

test('every public name says what it is', () => {
  const silent = entries.flatMap(({ entry, rows }) =>
    rows.filter(({ about }) => about === '').map(({ name }) => `${entry} ${name}`),
  )
  assert.deepEqual(silent, [])
})

for (const { entry, rows } of entries) {
  test(`${entry} exports at run time the values that its types promise`, async () => {
    const module = (await import(entry)) as object
    const values = rows.filter(({ kind }) => kind !== 'type').map(({ name }) => name)
    assert.deepEqual(Object.keys(module).sort(), values.sort())
  })
}
