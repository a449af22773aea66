import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { folderFor } from '../fixtures/folder.ts'
import { thorough } from '../fixtures/torture.ts'

/** A mistake in one place of the sources. */
export interface Fault {
  readonly what: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** The test that must turn red. */
  readonly test: string
  /** Which sentences of it to run; all when absent. */
  readonly sentences?: string
}

/** As many copies of the project are worked on at once. */
const concurrency = 2

/**
 * Tests that each fault, planted into a copy of the project, turns its test red, which is green without it; unless
 * EVENTWRIGHT_THOROUGH asks for that, only that each can be planted.
 */
export function plant(what: string, faults: readonly Fault[]): void {
  test(`${what}: each of them stands where it can be taken away`, () => {
    for (const { file, from } of faults)
      assert.equal(readFileSync(file, 'utf8').split(from).length, 2, `${file} must hold once: ${from}`)
  })
  if (thorough) plantEach(what, faults)
}

function plantEach(what: string, faults: readonly Fault[]): void {
  test(what, { concurrency }, async (t) => {
    const copies = Array.from({ length: concurrency }, () => copyOfProject(t))
    const inCopy = async (work: (folder: string) => Promise<void>): Promise<void> => {
      const folder = copies.pop()!
      try {
        await work(folder)
      } finally {
        copies.push(folder)
      }
    }
    const greens = byTest(faults).map((each) =>
      t.test(`${each.test} is green without a fault`, () =>
        inCopy(async (folder) => assert.equal(await run(folder, each), 'green')),
      ),
    )
    const reds = faults.map((fault) =>
      t.test(`a planted fault is found: ${fault.what}`, () =>
        inCopy(async (folder) => assert.equal(await runWith(folder, fault), 'red')),
      ),
    )
    await Promise.all([...greens, ...reds])
  })
}

/** One for each test, with all the sentences that faults name of it. */
function byTest(faults: readonly Fault[]): readonly Pick<Fault, 'test' | 'sentences'>[] {
  const files = new Set(faults.map((fault) => fault.test))
  return [...files].map((file) => {
    const sentences = faults.flatMap((fault) => (fault.test === file ? [fault.sentences ?? '.'] : []))
    return { test: file, sentences: sentences.join('|') }
  })
}

function copyOfProject(t: TestContext): string {
  const folder = folderFor(t)
  for (const each of ['src', 'test', 'package.json', 'tsconfig.json', 'tools'])
    cpSync(each, join(folder, each), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  return folder
}

async function runWith(folder: string, fault: Fault): Promise<string> {
  const path = join(folder, fault.file)
  const text = readFileSync(path, 'utf8')
  assert.equal(text.split(fault.from).length, 2, `${fault.file} must hold once: ${fault.from}`)
  writeFileSync(
    path,
    text.replace(fault.from, () => fault.to),
  )
  try {
    // Many faults show by what never comes, and nobody has to wait long for that.
    return await run(folder, fault, { EVENTWRIGHT_PATIENCE_MS: '10000' })
  } finally {
    writeFileSync(path, text)
  }
}

/** Red only when a sentence failed: neither a fault that cannot be loaded nor a run without an end counts as found. */
async function run(
  folder: string,
  { test: file, sentences = '.' }: Pick<Fault, 'test' | 'sentences'>,
  more: NodeJS.ProcessEnv = {},
): Promise<string> {
  // A guard shows over any store, so the quick ones will do.
  const { NODE_TEST_CONTEXT: _, EVENTWRIGHT_POSTGRES_URL: _server, ...env } = process.env
  const flags = ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning', '--test']
  const child = spawn(process.execPath, [...flags, '--test-reporter=tap', `--test-name-pattern=${sentences}`, file], {
    cwd: folder,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 120_000,
  })
  const [said, [status]] = await Promise.all([textOf(child.stdout), once(child, 'close')])
  const results = [...said.matchAll(/^(not ok|ok) \d+ - (.*)$/gm)].map(([, result, name]) => ({ result, name }))
  if (results.length === 0 || results.some(({ name }) => name!.endsWith(file))) return `nothing ran: ${said}`
  if (status === 0) return 'green'
  return results.some(({ result }) => result === 'not ok') ? 'red' : `ended by ${status}: ${said}`
}
