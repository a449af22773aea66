import assert, { AssertionError } from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { aggregate, command, event, projection, service, system, t, type EventDef } from 'eventwright'
import { provenEvolution, spec } from 'eventwright/testing'

const first = { id: t.string().min(1), amount: t.decimal(8, 2) }
const Paid = event('Paid', first)
  .next({ ...first, currency: t.enum('GBP', 'EUR') }, (before) => ({ ...before, currency: 'GBP' }))
  .next(
    { id: t.string().min(1), total: t.record('Money', { amount: t.decimal(8, 2), currency: t.enum('GBP', 'EUR') }) },
    ({ id, ...total }) => ({ id, total }),
  )
const Refunded = event('Refunded', { id: t.string().min(1), at: t.timestamp() })
const Since = event('Since', { id: t.string() })
  .next({ id: t.string(), way: t.string().max(6).nullable() }, (b) => ({ ...b, way: null }))
  .next({ id: t.string(), way: t.string() }, ({ id, way }) => ({ id, way: way ?? 'unknown' }))
const Pay = command('Pay', { id: t.string() })

/** A system with one aggregate and one view over an event, whose handlers the test chooses. */
function systemOf(
  paid: EventDef<'Paid', any>,
  {
    evolve = () => 1,
    row = () => ({ id: '1' }),
    key = (e) => e.id,
  }: {
    evolve?: (state: number, data: any) => number
    row?: (row: any, data: any) => { id: string } | undefined
    key?: (data: any) => string
  } = {},
) {
  const Payment = aggregate('Payment', { events: [paid, Refunded], commands: [Pay], id: (c) => c.id, initial: () => 0 })
    .evolve({ Paid: evolve, Refunded: () => 2 })
    .decide({ Pay: () => [] })
  const Payments = projection('payments', { from: [paid, Refunded], key, row: { id: t.string() } }).on({
    Paid: row,
    Refunded: (before) => before,
  })
  return { Payment, Payments, all: system('s', { services: [service('s', { parts: [Payment, Payments] })] }) }
}

function findingsOf(run: () => unknown): readonly string[] {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof AssertionError, String(error))
    const { actual } = error
    assert.ok(Array.isArray(actual))
    for (const finding of actual as string[]) assert.ok(error.message.includes(finding))
    return actual as string[]
  }
  return assert.fail('nothing was thrown')
}

test('older versions that become valid data are proven, and it says how much', () => {
  const evolve = (state: number, { total }: { total: { currency: string } }) => state + total.currency.length
  assert.deepEqual(provenEvolution(systemOf(Paid, { evolve }).all), { events: 1, versions: 2, samples: 40 })
  assert.deepEqual(provenEvolution(systemOf(Paid).all, { samples: 3, seed: 7 }).samples, 6)
})

test('an upcaster that throws for some old data is found, with the data', () => {
  const Broken = event('Paid', { id: t.string().min(1), note: t.string().optional() }).next(
    { id: t.string(), letters: t.int() },
    ({ id, note }) => ({ id, letters: note!.length }),
  )
  const [finding, ...more] = findingsOf(() => provenEvolution(systemOf(Broken).all))
  assert.match(finding ?? '', /^event Paid, version 1: .*version 1 to 2.*undefined.*Stored data: \{"id":/)
  assert.deepEqual(more, [])
})

test('an upcaster whose result does not match the next schema is found', () => {
  const Broken = event('Paid', { id: t.string() }).next({ id: t.string().max(3) }, (before) => before)
  assert.match(findingsOf(() => provenEvolution(systemOf(Broken).all))[0] ?? '', /^event Paid, version 1: .*at most 3/)
})

test('an aggregate that takes what is new but not what was old is found', () => {
  const Cut = event('Paid', { id: t.string().min(1), cents: t.int().min(0).max(9) }).next(
    { id: t.string().min(1), cents: t.int().min(0).max(9), how: t.enum('card', 'cash') },
    (before) => ({ ...before, how: before.cents > 4 ? 'cash' : 'card' }),
  )
  const refuses = (_: number, { how, cents }: { how: string; cents: number }): number => {
    if (how === 'cash' && cents > 9) throw new Error('too much cash')
    return 1
  }
  assert.equal(provenEvolution(systemOf(Cut, { evolve: refuses }).all).versions, 1)
  const Widened = event('Paid', { id: t.string().min(1) })
    .next({ id: t.string().min(1), how: t.enum('card') }, (before) => ({ ...before, how: 'card' }))
    .next({ id: t.string().min(1), how: t.string().max(4).nullable() }, (before) => before)
  const onlyOld = (_: number, { how }: { how: string | null }): number => {
    if (how === 'card') throw new Error('cards are not taken')
    return 1
  }
  const findings = findingsOf(() => provenEvolution(systemOf(Widened, { evolve: onlyOld }).all))
  assert.equal(findings.length, 2)
  assert.match(
    findings[0] ?? '',
    /^aggregate Payment, Paid of version 1: as the first event it is refused\. Error: cards/,
  )
})

test('a projection is asked for its key and its row', () => {
  const badKey = systemOf(Paid, { key: (e) => ('total' in e && e.total.currency === 'GBP' ? '' : 'k') }).all
  assert.match(
    findingsOf(() => provenEvolution(badKey))[0] ?? '',
    /^projection payments, Paid of version 1: .*EW_DESIGN/,
  )
  const badRow = systemOf(Paid, { row: () => ({ id: 7 as never }) }).all
  assert.match(
    findingsOf(() => provenEvolution(badRow))[0] ?? '',
    /^projection payments, Paid of version 1: .*EW_VALIDATION/,
  )
})

test("values that today's version is refused for as well are no fault of the evolution", () => {
  const overflowing = systemOf(Paid, {
    row: (row, { total }) => {
      if (row !== undefined && total.amount.length > 5) throw new Error('overflow')
      return { id: '1' }
    },
  }).all
  provenEvolution(overflowing)
})

test('an event that only comes later in a stream is offered where it can come', () => {
  const later = systemOf(Paid, {
    evolve: (state) => {
      if (state !== 2) throw new Error('nothing was refunded')
      return 3
    },
  }).all
  provenEvolution(later)
})

test('a schema of another library needs stored examples, and says so', () => {
  const Foreign = event('Paid', z.object({ id: z.string() })).next({ id: t.string(), n: t.int() }, (before) => ({
    ...before,
    n: 1,
  }))
  const { all } = systemOf(Foreign)
  assert.match(
    findingsOf(() => provenEvolution(all))[0] ?? '',
    /^event Paid, version 1: No sample could be drawn; give .*examples/,
  )
  const examples = { Paid: { 1: [{ id: 'a' }, { id: 'b' }] } }
  assert.deepEqual(provenEvolution(all, { examples }), { events: 1, versions: 1, samples: 2 })
})

test('the same seed finds the same', () => {
  const Broken = event('Paid', { id: t.string().min(1) }).next({ id: t.string().max(2) }, (before) => before)
  const findings = (seed: number) => findingsOf(() => provenEvolution(systemOf(Broken).all, { seed }))
  assert.deepEqual(findings(3), findings(3))
})

test('one aggregate or one projection is proven by its spec, also after given events', () => {
  const { Payment, Payments } = systemOf(Paid)
  assert.deepEqual(spec(Payment).fromEveryVersion(), { events: 1, versions: 2, samples: 40 })
  assert.deepEqual(spec(Payments).fromEveryVersion({ samples: 2 }), { events: 1, versions: 2, samples: 4 })
  const Picky = aggregate('Picky', { events: [Paid, Refunded], commands: [Pay], id: (c) => c.id, initial: () => '' })
    .evolve({
      Paid: (at, { total }) => {
        if (at === '2026-01-01T00:00:00.000Z' && total.currency === 'GBP') throw new Error('pounds are not taken')
        return at
      },
      Refunded: (_, { at }) => at,
    })
    .decide({ Pay: () => [] })
  spec(Picky).fromEveryVersion()
  const given = spec(Picky).given(Refunded({ id: '1', at: '2026-01-01T00:00:00Z' }))
  // Half of today's samples are pounds, so the place is unsound for them as well: the old ones alone prove nothing
  // there.
  assert.equal(given.fromEveryVersion().versions, 2)
  const Later = aggregate('Later', { events: [Since, Refunded], commands: [Pay], id: (c) => c.id, initial: () => '' })
    .evolve({
      Since: (at, { way }) => {
        if (at === '2026-01-01T00:00:00.000Z' && way === 'unknown') throw new Error('the way is not known')
        return at
      },
      Refunded: (_, { at }) => at,
    })
    .decide({ Pay: () => [] })
  spec(Later).fromEveryVersion()
  const after = spec(Later).given(Refunded({ id: '1', at: '2026-01-01T00:00:00Z' }))
  assert.match(
    findingsOf(() => after.fromEveryVersion())[0] ?? '',
    /^aggregate Later, Since of version 1: after Refunded it is/,
  )
})
