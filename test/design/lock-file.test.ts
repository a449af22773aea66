import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, isEventwrightError, service, system, t, type AnyEvent } from 'eventwright'
import { compareLock, lockOf, lockText, type LockFile } from '../../src/design/lock-file.ts'

const Open = command('Open', { id: t.string() })
const opened = event('Opened', { id: t.string() })
const openedWithNote = opened.next({ id: t.string(), note: t.string() }, (old) => ({ ...old, note: '' }))
const reopened = event('Opened', { id: t.uuid() })
const closed = event('Closed', { id: t.string() })

function lockFor(...events: readonly AnyEvent[]): LockFile {
  const handlers = Object.fromEntries(events.map(({ type }) => [type, () => 0]))
  const head = { events, commands: [Open], id: () => 'x', initial: () => 0 }
  const Account = aggregate('Account', head as never)
    .evolve(handlers as never)
    .decide({ Open: () => [] } as never)
  return lockOf(system('bank', { services: [service('bank', { parts: [Account] } as never)] } as never))
}

const codes = (stored: string | undefined, current: LockFile): string[] =>
  compareLock(stored, current).findings.map(({ code }) => code)

test('a new version and a new event are added, and nothing is found', () => {
  const stored = lockText(lockFor(opened))
  const { findings, text, changed } = compareLock(stored, lockFor(openedWithNote, closed))
  assert.deepEqual([findings, changed], [[], true])
  assert.equal((JSON.parse(text) as LockFile).messages['Opened']?.versions.length, 2)
  assert.deepEqual(codes(text, lockFor(openedWithNote, closed)), [])
  assert.equal(compareLock(text, lockFor(openedWithNote, closed)).changed, false)
})

test('a changed version, a version taken away and an event taken away are found, and the file keeps what it held', () => {
  const stored = lockText(lockFor(openedWithNote, closed))
  assert.deepEqual(
    codes(
      stored,
      lockFor(
        reopened.next({ id: t.string(), note: t.string() }, () => ({ id: '', note: '' })),
        closed,
      ),
    ),
    ['lock-version-changed'],
  )
  assert.deepEqual(codes(stored, lockFor(opened, closed)), ['lock-version-removed'])
  assert.deepEqual(codes(stored, lockFor(openedWithNote)), ['lock-message-removed'])
  for (const current of [lockFor(opened, closed), lockFor(openedWithNote), lockFor(reopened)]) {
    assert.deepEqual(codes(compareLock(stored, current).text, lockFor(openedWithNote, closed)), [])
  }
})

test('what is no lock file, and one of a newer release, is refused', () => {
  for (const text of [
    '',
    '<<<<<<< HEAD',
    '[]',
    '{"lockVersion":1}',
    '{"lockVersion":2,"messages":{}}',
    '{"lockVersion":1,"messages":{"A":1}}',
  ]) {
    assert.throws(
      () => compareLock(text, lockFor(opened)),
      (error) => isEventwrightError(error, 'EW_LOCK_FILE'),
      text,
    )
  }
})
