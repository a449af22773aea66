import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test, type TestContext } from 'node:test'
import { folderFor } from '../fixtures/folder.ts'

interface Fault {
  readonly what: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** The test that must turn red. */
  readonly test: string
}

const memory = 'test/adapters/memory.contract.test.ts'
const faults: readonly Fault[] = [
  {
    what: 'the epoch of a position is not compared',
    file: 'src/ports/decision.ts',
    test: memory,
    from: 'state.epoch !== move.epoch',
    to: 'false',
  },
  {
    what: 'the expected version is not compared',
    file: 'src/ports/decision.ts',
    test: memory,
    from: 'return version === expected',
    to: 'return true',
  },
  {
    what: 'a key of the inbox is taken twice',
    file: 'src/ports/decision.ts',
    test: memory,
    from: 'if (first !== undefined) {',
    to: 'if (false) {',
  },
  {
    what: 'rows are committed apart from the position',
    file: 'src/runtime/projection-handler.ts',
    test: 'test/faults/poison.test.ts',
    from: 'return { rows: page.writes(), statements',
    to: 'return { statements',
  },
  {
    what: 'stored events are not upcast',
    file: 'src/runtime/log-event.ts',
    test: 'test/faults/versions.test.ts',
    from: 'return definition.decode(stored.schemaVersion, json)',
    to: 'return definition.decode(definition.schemaVersion, json)',
  },
  {
    what: 'a parked key does not hold its later events back',
    file: 'src/runtime/parking.ts',
    test: 'test/faults/poison.test.ts',
    from: 'if (!this.has(entry.key)) free.push(entry)',
    to: 'if (true) free.push(entry)',
  },
]

function copyOfProject(t: TestContext): string {
  const folder = folderFor(t)
  for (const each of ['src', 'test', 'package.json', 'tsconfig.json'])
    cpSync(each, join(folder, each), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  return folder
}

function run(folder: string, file: string): boolean {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const flags = ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning', '--test']
  return spawnSync(process.execPath, [...flags, file], { cwd: folder, env, timeout: 12_000 }).status === 0
}

for (const file of new Set(faults.map((fault) => fault.test))) {
  test(`${file} is green without a fault`, (t) => assert.ok(run(copyOfProject(t), file)))
}

for (const fault of faults) {
  test(`a planted fault is found: ${fault.what}`, (t) => {
    const folder = copyOfProject(t)
    const path = join(folder, fault.file)
    const text = readFileSync(path, 'utf8')
    assert.ok(text.includes(fault.from), `${fault.file} no longer holds: ${fault.from}`)
    writeFileSync(path, text.replace(fault.from, fault.to))
    assert.equal(run(folder, fault.test), false)
  })
}
