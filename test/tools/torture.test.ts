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

test('a name that is none, two names, an option that is none and what is no number are refused', async () => {
  const numbers = ['--rounds 0', '--rounds many', '--minutes 0', '--minutes 1.5', '--seed x', '--seed 4294967296']
  const wrong = ['', 'views', 'log orders', 'log --hours 1', 'log --seed', ...numbers.map((each) => `log ${each}`)]
  for (const args of wrong.map((each) => each.split(' ').filter((word) => word !== ''))) {
    const { code, out, err } = await torture(...args)
    assert.deepEqual([code, out], [2, ''], args.join(' '))
    assert.match(
      err,
      /usage: npm run torture -- ownership\|[a-z|]+\|all \[--minutes N\] \[--rounds N\] \[--seed S\] \[--json\]\n$/,
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

test('a seed gives a file the same chance and the same properties again', async () => {
  const code = `import fc from 'fast-check'
    import { chance } from '${join(root, 'test/fixtures/chance.ts')}'
    console.log([chance(), chance(), ...fc.sample(fc.integer(), 3)].join())`
  const said = (seed: string): Promise<string> => {
    const args = ['--import', join(root, 'tools/seeded-properties.ts'), '--input-type=module', '-e', code]
    const env = { ...process.env, EVENTWRIGHT_SEED: seed }
    return new Promise((resolve) => execFile(process.execPath, args, { cwd: root, env }, (_, out) => resolve(out)))
  }
  const [first, again, other] = await Promise.all(['7', '7', '8'].map(said))
  assert.equal(first!.split(',').length, 5)
  assert.equal(again, first)
  for (const [n, each] of other!.split(',').entries()) assert.notEqual(each, first!.split(',')[n])
})
