import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isEventwrightError, memory, start, type StartOptions, type StoreAdapter } from 'eventwright'
import { lockOf, lockText } from '../../../src/design/lock-file.ts'
import { lockState } from '../../../src/runtime/log/released.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { bank } from '../bank.fixture.ts'
import { listening, running } from '../running.fixture.ts'
import { altered } from '../stores.fixture.ts'

/** A lock file of the bank, its text changed. */
function locked(t: TestContext, change: (text: string) => string = (text) => text): string {
  const path = join(folderFor(t), 'eventwright.lock.json')
  writeFileSync(path, change(lockText(lockOf(bank))))
  return path
}

const changedVersion = (text: string): string => text.replace(/"schemaHash": "[^"]+"/, '"schemaHash": "other"')
const withoutOpened = (text: string): string => {
  const { messages, ...rest } = JSON.parse(text) as { messages: Record<string, unknown> }
  const { Opened, ...others } = messages
  assert.ok(Opened)
  return JSON.stringify({ ...rest, messages: others })
}

/** A store that nobody may open. */
const untouched: StoreAdapter = {
  ...memory(),
  open: async () => assert.fail('the store was opened'),
}

/** What a start that succeeds warns of. */
async function warnings(t: TestContext, options: Partial<StartOptions>): Promise<readonly string[]> {
  const log = listening()
  await running(t, bank, { store: memory(), log, ...options })
  return log.said.filter((line) => line.startsWith('warn: '))
}

test('production starts with the released events, and without a lock file compares nothing', async (t) => {
  const path = locked(t)
  for (const lockFile of [path, pathToFileURL(path)])
    assert.deepEqual(await warnings(t, { lockFile, mode: 'production' }), [])
  assert.deepEqual(await warnings(t, { mode: 'production' }), [])
})

test('a released version that was changed refuses production before the store is opened', async (t) => {
  const lockFile = locked(t, changedVersion)
  await assert.rejects(start(bank, { store: untouched, lockFile, mode: 'production' }), (error) => {
    assert.ok(isEventwrightError(error, 'EW_LOCK_FILE'))
    assert.match(error.message, /^EW_LOCK_FILE: .*lock\.json does not allow this design:\nevent Closed: Version 1 was/)
    const { path, findings } = error.details as { path: string; findings: readonly { code: string }[] }
    assert.deepEqual([path, findings.map(({ code }) => code)], [lockFile, ['lock-version-changed']])
    return true
  })
})

test('NODE_ENV decides where no mode is given', async (t) => {
  const lockFile = locked(t, changedVersion)
  const before = process.env['NODE_ENV']
  t.after(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  process.env['NODE_ENV'] = 'production'
  await assert.rejects(start(bank, { store: untouched, lockFile }), { code: 'EW_LOCK_FILE' })
  process.env['NODE_ENV'] = 'development'
  assert.equal((await warnings(t, { lockFile })).length, 1)
})

test('in development a changed version and a damaged file are warnings', async (t) => {
  for (const change of [changedVersion, (text: string) => `<<<<<<< HEAD\n${text}`]) {
    const lockFile = locked(t, change)
    assert.deepEqual(await warnings(t, { lockFile, mode: 'dev' }), ['warn: in production this design would not start'])
    await assert.rejects(start(bank, { store: untouched, lockFile, mode: 'production' }), { code: 'EW_LOCK_FILE' })
  }
})

test('a lock file that is behind is told in production and left as it is', async (t) => {
  const lockFile = locked(t, withoutOpened)
  const text = readFileSync(lockFile, 'utf8')
  assert.match(
    (await warnings(t, { lockFile, mode: 'production' })).join(),
    /^warn: the lock file is behind the design;/,
  )
  assert.deepEqual(await warnings(t, { lockFile, mode: 'dev' }), [])
  assert.equal(readFileSync(lockFile, 'utf8'), text)
})

test('a lock file that is absent, a folder or no file at all is refused by EW_CONFIG in every mode', async (t) => {
  const folder = folderFor(t)
  const wrong = [join(folder, 'absent.json'), folder, new URL('https://example.org/lock.json'), 5 as never]
  for (const lockFile of wrong) {
    for (const mode of ['dev', 'production'] as const)
      await assert.rejects(start(bank, { store: untouched, lockFile, mode }), { code: 'EW_CONFIG' })
  }
})

test('comparing with an absent file says so and gives the whole text to write', async (t) => {
  const { exists, changed, findings, text } = await lockState(bank, join(folderFor(t), 'absent.json'))
  assert.deepEqual([exists, changed, findings, text], [false, true, [], lockText(lockOf(bank))])
})
