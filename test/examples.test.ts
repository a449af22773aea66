import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../tools/root.ts'
import { line } from './cli/line.fixture.ts'

const ideas = globSync('examples/ideas/*.ts', { cwd: root }).sort()
const flags = ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning']

test('there are examples of single ideas, each of at most 60 lines', () => {
  assert.ok(ideas.length > 0)
  const long = ideas.filter((idea) => readFileSync(join(root, idea), 'utf8').trimEnd().split('\n').length > 60)
  assert.deepEqual(long, [])
})

for (const idea of ideas) {
  test(`${idea} prints what its .out file says`, (t) => {
    // An example may leave a file where it runs.
    const folder = mkdtempSync(join(tmpdir(), 'eventwright-idea-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const expected = join(root, idea.replace(/\.ts$/, '.out'))
    assert.ok(existsSync(expected), `${expected} is absent`)
    const options = { cwd: folder, encoding: 'utf8', timeout: 60_000 } as const
    const run = spawnSync(process.execPath, [...flags, join(root, idea)], options)
    assert.equal(run.status, 0, run.stderr)
    assert.equal(run.stdout, readFileSync(expected, 'utf8'))
    assert.equal(run.stderr, '')
  })
}

test('the order system changes no released event, and its lock file is up to date', async () => {
  const { code, out } = await line(root, 'check', '--system', 'examples/orders/shop/system.ts')
  assert.equal(code, 0, out)
  assert.match(out, /^examples\/orders\/shop\/eventwright\.lock\.json is up to date$/m)
})
