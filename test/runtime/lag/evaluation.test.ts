import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { movedTo, type OwnershipRow } from '../../../src/ports/ownership.ts'
import {
  evaluate,
  isAlarming,
  lagStatuses,
  leastPatienceMs,
  mostPatienceMs,
  takeOverMs,
  worst,
  type BucketFacts,
  type LagStatus,
  type PastMove,
} from '../../../src/runtime/lag/evaluation.ts'

const nowMs = 100_000_000
const ago = (seconds: number): number => nowMs - seconds * 1_000

/** A bucket that is owned and has ten things to do since the given times. */
function facts(oldestAgo: number, movedAgo: number, change: Partial<BucketFacts> = {}): BucketFacts {
  const times = { oldestMs: ago(oldestAgo), movedAtMs: ago(movedAgo) }
  return { nowMs, pending: 10, ...times, owner: 'w1', untilMs: nowMs + 5_000, moves: [], ...change }
}

/** A move so long ago, which took so long from the time at which it had something to do, and how old that was. */
const move = (endAgo: number, tookSeconds: number, lagSeconds: number): PastMove => ({
  atMs: ago(endAgo),
  sinceMs: ago(endAgo + tookSeconds),
  oldestMs: ago(endAgo + lagSeconds),
})

const behind = [move(80, 1, 20), move(40, 1, 30)]
const counted = (...pending: readonly number[]): readonly PastMove[] =>
  behind.map((each, n) => ({ ...each, pending: pending[n] }))
const slow = [move(700, 200, 610), move(400, 300, 610)]
const idle = { pending: 0, oldestMs: undefined }

const table: readonly (readonly [what: string, given: BucketFacts, status: LagStatus])[] = [
  ['nothing to do for an hour', facts(0, 3_600, idle), 'idle'],
  ['nothing to do, and nobody there', facts(0, 3_600, { ...idle, owner: null, untilMs: null }), 'idle'],
  ['an hour of nothing, then one event a moment ago', facts(1, 3_600), 'ok'],
  ['what came 5 s ago is not done', facts(5, 6), 'ok'],
  ['behind and moving, no window yet', facts(600, 1), 'lagging'],
  ['a burst after a time without lag', facts(20, 1, { moves: [move(80, 1, 1), move(40, 1, 6)] }), 'lagging'],
  ['the lag holds', facts(30, 1, { moves: [move(80, 1, 30), move(40, 1, 30)] }), 'lagging'],
  ['the lag shrinks', facts(20, 1, { moves: [move(80, 1, 40), move(40, 1, 30)] }), 'lagging'],
  [
    'the lag grows by less than a twentieth of time',
    facts(33, 1, { moves: [move(80, 1, 30), move(40, 1, 31)] }),
    'lagging',
  ],
  ['the lag grows', facts(40, 1, { moves: behind }), 'falling behind'],
  ['the lag grew, and a moment ago it caught up', facts(4, 1, { moves: behind }), 'ok'],
  ['its oldest is older, yet less waits than before', facts(40, 1, { moves: counted(9, 8) }), 'lagging'],
  ['its oldest is older, and as much waits as before', facts(40, 1, { moves: counted(9, 9) }), 'lagging'],
  ['more waits than before', facts(40, 1, { moves: counted(9, 10) }), 'falling behind'],
  ['it had nothing to do in between', facts(40, 1, { moves: [behind[0]!, move(40, 30, 30)] }), 'lagging'],
  ['it had nothing to do until the oldest came', facts(40, 50, { moves: behind }), 'lagging'],
  ['no move for a minute', facts(61, 3_600), 'stalled'],
  ['no move for a minute in which there was something to do', facts(600, 61), 'stalled'],
  ['no move for a minute, but its moves take minutes', facts(600, 390, { moves: slow }), 'lagging'],
  ['longer than twice its slow moves', facts(900, 401, { moves: slow }), 'stalled'],
  ['one slow move alone says nothing of its pace', facts(900, 61, { moves: [slow[0]!, move(100, 1, 1)] }), 'stalled'],
  ['nobody there for a moment', facts(100, 100, { owner: null, untilMs: ago(2) }), 'waiting'],
  ['nobody there, and it came a moment ago', facts(3, 100, { owner: null, untilMs: null }), 'waiting'],
  ['a lease that has just ended', facts(100, 100, { untilMs: ago(4) }), 'waiting'],
  ['a lease that ended 6 s ago', facts(100, 100, { untilMs: ago(6) }), 'stopped'],
  ['given back, and nobody took it', facts(100, 100, { owner: null, untilMs: null }), 'stopped'],
  ['stopped goes before stalled', facts(9_000, 9_000, { untilMs: ago(9_000) }), 'stopped'],
  ['nobody knows how old it is', facts(0, 3_600, { oldestMs: undefined }), 'lagging'],
]

test('every case has its status', () => {
  for (const [what, given, status] of table) assert.equal(evaluate(given).status, status, what)
  const seen = new Set(table.map(([, , status]) => status))
  // The others are told by more than one bucket.
  assert.deepEqual(
    [...lagStatuses].filter((each) => !seen.has(each)),
    ['waiting for refeed', 'parked keys', 'broker away', 'needs newer release', 'ahead'],
  )
})

test('lag is the age of the oldest, staleness counts only while there is something to do', () => {
  const { lagMs, stalenessMs } = evaluate(facts(20, 3_600))
  assert.deepEqual([lagMs, stalenessMs], [20_000, 20_000])
  assert.deepEqual(evaluate(facts(600, 7)).stalenessMs, 7_000)
  const none = evaluate(facts(0, 3_600, idle))
  assert.deepEqual([none.lagMs, none.stalenessMs], [0, 0])
  assert.equal(evaluate(facts(0, 7, { oldestMs: undefined })).lagMs, undefined)
})

test('the worst of several buckets speaks for all, and only what needs somebody is alarming', () => {
  const all = lagStatuses.map((status) => ({ status }))
  assert.equal(worst(all)?.status, 'ahead')
  assert.equal(worst(all.slice(0, 3))?.status, 'waiting')
  assert.equal(worst([]), undefined)
  assert.deepEqual(lagStatuses.filter(isAlarming), [
    'falling behind',
    'stalled',
    'stopped',
    'broker away',
    'needs newer release',
    'ahead',
  ])
})

/** A consumer that works one by one on what comes at given times, and all that can be seen of it. */
class Course {
  readonly #arrivals: readonly number[]
  readonly #moves: readonly number[]
  readonly #rows: OwnershipRow[] = []

  /** `workMs` is what the nth event takes; `Infinity` never ends. */
  constructor(arrivals: readonly number[], workMs: (n: number) => number) {
    this.#arrivals = arrivals
    let atMs = 0
    this.#moves = arrivals.map((arrivesMs, n) => (atMs = Math.max(atMs, arrivesMs) + workMs(n)))
    const held = { owner: 'w1', untilMs: Infinity, wanted: null, epoch: 1 }
    let row: OwnershipRow = {
      consumer: 'c',
      source: 'log',
      bucket: 0,
      position: 0,
      ...held,
      movedAtMs: 0,
      noted: [],
    }
    this.#rows.push(row)
    this.#moves.forEach((movedMs, n) => {
      if (movedMs < Infinity) this.#rows.push((row = { ...row, ...movedTo(row, n + 1, movedMs) }))
    })
  }

  /** What is seen at a time. */
  at(atMs: number, change: Partial<BucketFacts> = {}): BucketFacts {
    const done = this.#moves.filter((movedMs) => movedMs <= atMs).length
    const there = this.#arrivals.filter((arrivesMs) => arrivesMs <= atMs).length
    const { movedAtMs, owner, untilMs, noted } = this.#rows[done]!
    const moves = noted.map(({ from, sinceMs, atMs: movedMs }) => {
      const thereThen = this.#arrivals.filter((arrivesMs) => arrivesMs <= movedMs).length
      return { sinceMs, atMs: movedMs, oldestMs: this.#arrivals[from], pending: thereThen - from }
    })
    const pending = there - done
    const oldestMs = pending > 0 ? this.#arrivals[done] : undefined
    return { nowMs: atMs, pending, oldestMs, movedAtMs, owner, untilMs, moves, ...change }
  }

  /** Whether two of its moves were noted then. */
  isKnownAt(atMs: number): boolean {
    return this.at(atMs).moves.length === 2
  }
}

const seconds = (least: number, most: number) => fc.integer({ min: least * 1_000, max: most * 1_000 })
const arrivalsOf = (gaps: readonly number[]): readonly number[] => {
  let atMs = 0
  return gaps.map((gapMs) => (atMs += gapMs))
}

test('who has nothing to do is idle, whoever owns it and whatever was before', () => {
  const course = fc.record({ gaps: fc.array(seconds(0, 7_200), { maxLength: 30 }), workMs: seconds(0, 300) })
  fc.assert(
    fc.property(course, fc.nat(1_000_000), fc.boolean(), ({ gaps, workMs }, later, owned) => {
      const arrivals = arrivalsOf(gaps)
      const seen = new Course(arrivals, () => workMs)
      const endMs = (arrivals.at(-1) ?? 0) + workMs * gaps.length + later
      const found = evaluate(seen.at(endMs, owned ? {} : { owner: null, untilMs: null }))
      assert.deepEqual([found.status, found.stalenessMs, found.lagMs], ['idle', 0, 0])
    }),
  )
})

test('who goes on at its pace is never stalled, however slow; who stops is, in time', () => {
  const course = fc.record({
    gaps: fc.array(seconds(0, 400), { minLength: 8, maxLength: 30 }),
    workMs: seconds(1, 1_500),
    looks: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 10, maxLength: 30 }),
  })
  fc.assert(
    fc.property(course, ({ gaps, workMs, looks }) => {
      const arrivals = arrivalsOf(gaps)
      const seen = new Course(arrivals, () => workMs)
      const untilMs = arrivals.at(-1)! + workMs * gaps.length
      for (const look of looks.map((part) => Math.round(part * untilMs))) {
        if (workMs > leastPatienceMs && !seen.isKnownAt(look)) continue
        assert.notEqual(evaluate(seen.at(look)).status, 'stalled', `at ${look}`)
      }
      const hanging = new Course(arrivals, (n) => (n === gaps.length - 1 ? Infinity : workMs))
      const hangsMs = Math.max(arrivals.at(-1)!, workMs * gaps.length + arrivals[0]! * 2) + arrivals.at(-2)!
      assert.equal(evaluate(hanging.at(hangsMs + Math.max(leastPatienceMs, 2 * workMs) + 1)).status, 'stalled')
      assert.equal(evaluate(hanging.at(hangsMs + 10 * mostPatienceMs)).status, 'stalled')
    }),
  )
})

test('who can do less than comes is told to fall behind, who can do more never is', () => {
  fc.assert(
    fc.property(seconds(1, 20), fc.double({ min: 1.2, max: 5, noNaN: true }), (gapMs, factor) => {
      const gaps = new Array<number>(600).fill(gapMs)
      const tooSlow = new Course(arrivalsOf(gaps.map(() => 1_000)), () => Math.round(1_000 * factor))
      const looks = Array.from({ length: 40 }, (_, n) => evaluate(tooSlow.at(300_000 + n * 7_300)).status)
      assert.deepEqual([...new Set(looks)], ['falling behind'])
      const quick = new Course(arrivalsOf(gaps), () => Math.floor(gapMs / factor))
      const late = new Course([...new Array<number>(300).fill(0), ...arrivalsOf(gaps)], () =>
        Math.floor(gapMs / factor),
      )
      for (let atMs = 0; atMs <= gapMs * 600; atMs += gapMs * 37 + 13) {
        for (const course of [quick, late]) assert.ok(!isAlarming(evaluate(course.at(atMs)).status), `at ${atMs}`)
      }
    }),
    { numRuns: 30 },
  )
})

test('whom nobody works for is stopped and never called anything else for long', () => {
  fc.assert(
    fc.property(seconds(6, 90_000), seconds(6, 90_000), seconds(6, 90_000), (oldest, moved, ended) => {
      const given = facts(oldest / 1_000, moved / 1_000)
      const left = { ...given, untilMs: nowMs - ended }
      assert.ok(Math.min(oldest, moved, ended) > takeOverMs)
      assert.equal(evaluate(left).status, 'stopped')
      assert.notEqual(evaluate({ ...left, untilMs: nowMs + 1 }).status, 'stopped')
    }),
  )
})
