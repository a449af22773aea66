import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../tools/root.ts'

const suites = join(root, 'src/testing/contracts')
const atLeast = { store: 90, broker: 40, views: 15, telemetry: 9 }

for (const [port, least] of Object.entries(atLeast)) {
  test(`every case of the ${port} contract fails against a ${port} that honours nothing, and none is skipped`, () => {
    // Node refuses to run tests inside tests unless this is taken away.
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env
    const fixture = join(root, `test/fixtures/noop-${port}.ts`)
    const options = ['--conditions=eventwright-source', '--test-reporter=tap', fixture]
    const { stdout } = spawnSync(process.execPath, options, { env: environment, encoding: 'utf8', timeout: 120_000 })
    const passed = stdout.split('\n').filter((line) => line.startsWith('ok '))
    assert.deepEqual(passed, [])
    const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1])
    assert.deepEqual([count('pass'), count('skipped'), count('todo'), count('cancelled')], [0, 0, 0, 0], stdout)
    assert.ok(count('fail') >= least, stdout)
  })
}

test('nothing in the contract suites can skip a case', () => {
  const files = readdirSync(suites)
  assert.ok(files.length > 5)
  for (const file of files)
    assert.doesNotMatch(readFileSync(join(suites, file), 'utf8'), /\b(skip|todo|only)\b\s*[(:]/, file)
})
