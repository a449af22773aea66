import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, channel, command, event, handle, isEventwrightError, service, system, t } from 'eventwright'
import type { AnyEvent } from 'eventwright'
import { compareLock, lockOf, publishedNumbers, type LockComparison } from '../../src/design/lock-file.ts'
import { protobufDeclarations } from '../../src/design/lock-protobuf.ts'
import type { AnySystem } from '../../src/design/system.ts'

const Open = command('Open', { id: t.string() })
const opened = event('Opened', { id: t.string(), by: t.string() })
const closed = event('Closed', { id: t.string() })

function bank(
  carried: readonly AnyEvent[],
  others: readonly AnyEvent[] = [],
  more: readonly unknown[] = [],
): AnySystem {
  const events = [...carried, ...others]
  const handlers = Object.fromEntries(events.map(({ type }) => [type, () => 0]))
  const Account = aggregate('Account', { events, commands: [Open], id: () => 'x', initial: () => 0 } as never)
    .evolve(handlers as never)
    .decide({ Open: () => [] } as never)
  const binary = channel('account-events', { carries: carried, key: 'id', format: 'protobuf' } as never)
  const parts = { parts: [Account], publishes: [binary] }
  return system('bank', { services: [service('bank', parts as never)] } as never)
}

const compared = (stored: string | undefined, current: AnySystem): LockComparison =>
  compareLock(stored, lockOf(current), protobufDeclarations(current))

test('messages of Protobuf channels get numbers, and others none', () => {
  const { text, findings, changed } = compared(undefined, bank([opened], [closed]))
  assert.deepEqual([findings, changed], [[], true])
  assert.deepEqual(publishedNumbers(text), { Opened: { 'id: string': 1, 'by: string': 2 } })
  assert.equal(compared(text, bank([opened], [closed])).changed, false)
  assert.equal('protobuf' in JSON.parse(compareLock(undefined, lockOf(bank([opened]))).text), false)
})

test('commands get numbers where their channel is tuned to Protobuf', () => {
  const Send = command('Send', { id: t.string(), size: t.int().number(9) })
  const binary = channel('bank.commands', { carries: [Send], key: 'id', format: 'protobuf' } as never)
  const sends = service('bank', { parts: [handle(Send, async () => undefined)], publishes: [binary] } as never)
  const { text } = compared(undefined, system('bank', { services: [sends] } as never))
  assert.deepEqual(publishedNumbers(text), { Send: { 'id: string': 10, 'size: int32': 9 } })
})

test('a new version gets the next numbers, and what was published stays also when nothing declares it any more', () => {
  const { text } = compared(undefined, bank([opened]))
  const next = opened.next({ id: t.string(), at: t.timestamp() }, ({ id }) => ({ id, at: '2026-01-01T00:00:00Z' }))
  const later = compared(text, bank([next, closed]))
  assert.deepEqual([later.findings, later.changed], [[], true])
  const expected = {
    Closed: { 'id: string': 1 },
    Opened: { 'id: string': 1, 'by: string': 2, 'at: google.protobuf.Timestamp': 3 },
  }
  assert.deepEqual(publishedNumbers(later.text), expected)
  const without = compared(later.text, bank([closed], [next]))
  assert.deepEqual([without.findings, without.changed], [[], false])
})

test('a change of a published number is refused, and the file keeps the published one', () => {
  const { text } = compared(undefined, bank([opened]))
  for (const [by, code] of [
    [t.string().number(7), 'lock-number-changed'],
    [t.int().number(2), 'lock-number-taken'],
  ] as const) {
    const other = event('Opened', { id: t.string(), by })
    const { findings, text: kept } = compared(text, bank([other as AnyEvent]))
    assert.ok(
      findings.some((finding) => finding.code === code && finding.where === 'Protobuf message Opened'),
      code,
    )
    assert.equal(publishedNumbers(kept)['Opened']?.['by: string'], 2)
  }
  const merged = text.replace('"by: string": 2', '"by: string": 1')
  assert.deepEqual(
    compared(merged, bank([opened])).findings.map(({ code }) => code),
    ['lock-number-taken'],
  )
})

test('sections that this release does not know stay as they are', () => {
  const { text } = compared(undefined, bank([opened]))
  const stored = JSON.stringify({ ...(JSON.parse(text) as object), later: { 'bank.Opened': { id: 4 } } })
  const written = compared(stored, bank([opened, closed])).text
  assert.deepEqual((JSON.parse(written) as Record<string, unknown>)['later'], { 'bank.Opened': { id: 4 } })
})

test('a section of another form is refused', () => {
  for (const protobuf of [
    1,
    [],
    { Opened: 1 },
    { Opened: { id: 0 } },
    { Opened: { id: 1.5 } },
    { Opened: { id: '1' } },
  ]) {
    assert.throws(
      () => compared(JSON.stringify({ lockVersion: 1, messages: {}, protobuf }), bank([opened])),
      (error) => isEventwrightError(error, 'EW_LOCK_FILE'),
    )
  }
})
