import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../tools/root.ts'
import { tortures } from '../../tools/tortures.ts'

function torture(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'tools/torture.ts'), ...args], { timeout: 60_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    )
  })
}

test('a name that is none, two names and no number of rounds are refused', async () => {
  for (const args of [[], ['views'], ['log', 'orders'], ['log', '--rounds', '0'], ['log', '--rounds', 'many']]) {
    const { code, out, err } = await torture(...args)
    assert.deepEqual([code, out], [2, ''], args.join(' '))
    assert.match(
      err,
      /usage: npm run torture -- ownership\|postgres\|orders\|log\|slow\|all \[--rounds N\] \[--json\]\n$/,
    )
  }
})

test('every file that is run has tests, and each name has a file with a long version', () => {
  for (const [name, files] of Object.entries(tortures)) {
    for (const file of files) assert.ok(existsSync(join(root, file)), file)
    const texts = files.map((file) => readFileSync(join(root, file), 'utf8'))
    assert.ok(
      texts.some((text) => text.includes(name === 'slow' ? 'stores.fixture.ts' : 'fixtures/torture.ts')),
      name,
    )
  }
})
