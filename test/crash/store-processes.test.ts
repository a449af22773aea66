import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { meets } from '../../src/ports/decision.ts'
import type { StoredEvent } from '../../src/ports/stored-event.ts'
import type { Outcome, Unit } from '../../src/ports/unit-of-work.ts'
import { startChild } from '../fixtures/child.ts'
import { folderFor } from '../fixtures/folder.ts'
import { torture } from '../fixtures/torture.ts'

interface Told {
  readonly unit: Unit
  readonly outcome: Outcome
}

const batches = torture ? 3_000 : 200

test('two processes commit random units to one file, and every answer agrees with what is stored', async (t) => {
  const file = join(folderFor(t), 'store.db')
  const store = await sqlite(file).open({ clock: systemClock })
  t.after(() => store.close())
  await store.ownership.ensure('mixed', 'log', 4, 0)
  await store.ownership.claim('mixed', 'log', 'both', 600_000)
  const children = ['p1', 'p2'].map((name, index) =>
    startChild('mixing-process', file, name, String(index + 1), String(batches)),
  )
  t.after(() => children.forEach((child) => child.process.kill('SIGKILL')))
  await Promise.all(children.map((child) => child.until(1)))
  for (const child of children) child.process.stdin?.end()
  assert.deepEqual(await Promise.all(children.map((child) => child.ended)), [0, 0])
  const told = children.flatMap((child) => child.lines.slice(1)).map((line) => JSON.parse(line) as Told)
  const won = told.filter(({ outcome }) => outcome.ok)
  assert.ok(won.length > batches && told.length > won.length, `${won.length} of ${told.length} units won`)

  const log = await store.log.readLog({ partition: 0, after: 0, limit: 1_000_000 })
  checkLog(log, won)
  checkConflicts(told, log)
  for (const { unit } of won) {
    for (const row of unit.inbox ?? []) {
      assert.equal(
        (await store.inbox.get(row.service, row.consumer, row.key))?.outcome,
        row.outcome,
        `two units won ${row.key}`,
      )
    }
  }
  for (const { outcome } of told) {
    if (outcome.ok || outcome.reason !== 'inbox') continue
    assert.equal((await store.inbox.get('shop', 'commands', outcome.key))?.outcome, outcome.outcome)
  }
  const moves = won.flatMap(({ unit }) => unit.positions ?? [])
  for (const { bucket, position } of await store.ownership.list('mixed')) {
    const chain = moves.filter((move) => move.bucket === bucket).sort((a, b) => a.from - b.from || a.to - b.to)
    assert.equal(
      chain.reduce((at, { from, to }) => (assert.equal(from, at), to), 0),
      position,
      `bucket ${bucket}`,
    )
  }
})

/** Positions are dense, versions contiguous, and the events are those of the winners, each where its unit was told. */
function checkLog(log: readonly StoredEvent[], won: readonly Told[]): void {
  assert.deepEqual(
    log.map(({ position }) => position),
    log.map((_, index) => index + 1),
  )
  const versions = new Map<string, number>()
  for (const { stream, version } of log) {
    assert.equal(version, (versions.get(stream) ?? 0) + 1, stream)
    versions.set(stream, version)
  }
  const byId = new Map(log.map((event) => [event.id, event]))
  let count = 0
  for (const { unit, outcome } of won) {
    assert.ok(outcome.ok)
    unit.appends!.forEach(({ stream, expected, events }, index) => {
      const { version, position } = outcome.appends[index]!
      assert.ok(
        meets(expected, version - events.length),
        `${stream} was at ${version - events.length}, not ${expected}`,
      )
      events.forEach(({ id }, at) => {
        const back = events.length - 1 - at
        const stored = byId.get(id)
        assert.deepEqual([stored?.stream, stored?.version, stored?.position], [stream, version - back, position - back])
      })
      count += events.length
    })
  }
  assert.equal(log.length, count, 'a loser has left events')
}

/** A conflict tells a version that the stream really had and that is not the expected one. */
function checkConflicts(told: readonly Told[], log: readonly StoredEvent[]): void {
  const final = new Map(log.map(({ stream, version }) => [stream, version]))
  for (const { unit, outcome } of told) {
    if (outcome.ok || outcome.reason !== 'conflict') continue
    const { stream, current } = outcome
    const { expected } = unit.appends!.find((append) => append.stream === stream)!
    assert.ok(!meets(expected, current), `${stream} was at ${current}, which is ${expected}`)
    assert.ok(current >= 0 && current <= (final.get(stream) ?? 0))
  }
}
