import assert, { AssertionError } from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, bind, command, event, projection, reject, reply, t, type EventMessage } from 'eventwright'
import { spec } from 'eventwright/testing'

const AccountOpenedFirst = event('AccountOpened', { account: t.string(), limit: t.decimal(8, 1) })
const AccountOpened = AccountOpenedFirst.next(
  { account: t.string(), limit: t.decimal(8, 2), currency: t.enum('GBP', 'EUR') },
  (first) => ({ ...first, currency: 'GBP' }),
)
const MoneyTaken = event('MoneyTaken', { account: t.string(), cents: t.long() })
const Elsewhere = event('Elsewhere', { account: t.string() })
const OpenAccount = command('OpenAccount', { account: t.string(), limit: t.decimal(8, 2) }).refuses('exists')
const TakeMoney = command('TakeMoney', { account: t.string(), cents: t.long() })
  .replies({ left: t.long() })
  .refuses('no_account')
const Explode = command('Explode', { account: t.string() })

interface State {
  readonly open: boolean
  readonly left: bigint
  readonly currency?: 'GBP' | 'EUR'
}

const Account = aggregate('Account', {
  events: [AccountOpened, MoneyTaken],
  commands: [OpenAccount, TakeMoney, Explode],
  id: (c) => c.account,
  initial: (): State => ({ open: false, left: 0n }),
})
  .evolve({
    AccountOpened: (_, e) => ({ open: true, left: 100n, currency: e.currency }),
    MoneyTaken: (s, e) => ({ ...s, left: s.left - e.cents }),
  })
  .decide({
    OpenAccount: (c, s) =>
      s.open ? reject('exists', `account ${c.account}`) : AccountOpened({ ...c, currency: 'EUR' }),
    TakeMoney: (c, s) => (s.open ? reply({ left: s.left - c.cents }, MoneyTaken(c)) : reject('no_account')),
    Explode: (_, s) => {
      if (s.open) throw new RangeError('the fuse was lit')
      return []
    },
  })

const opened = AccountOpened({ account: 'a', limit: '5', currency: 'EUR' })

function failureOf(run: () => unknown): AssertionError {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof AssertionError, String(error))
    return error
  }
  return assert.fail('nothing was thrown')
}

test('a command leads to its events, with and without a history', () => {
  spec(Account)
    .when(OpenAccount({ account: 'a', limit: '5' }))
    .expect(AccountOpened({ account: 'a', limit: '5.00', currency: 'EUR' }))
  spec(Account)
    .given(opened)
    .when(TakeMoney({ account: 'a', cents: 30n }))
    .expect(MoneyTaken({ account: 'a', cents: 30n }))
    .expectReply({ left: 70n })
    .expectState({ open: true, left: 70n, currency: 'EUR' })
})

test('no event is an outcome too', () => {
  spec(Account)
    .when(Explode({ account: 'a' }))
    .expect()
})

test('a refusal is compared by its code, and by its detail where the test has one', () => {
  const tried = spec(Account)
    .given(opened)
    .when(OpenAccount({ account: 'a', limit: '5' }))
  tried.expect(reject('exists'))
  tried.expect(reject('exists', 'account a'))
  assert.match(
    failureOf(() => tried.expect(reject('exists', 'account b'))).message,
    /- reject\('exists', 'account b'\)/,
  )
})

test('a difference is shown line by line, with what was given', () => {
  const tried = spec(Account)
    .given(opened)
    .when(TakeMoney({ account: 'a', cents: 30n }))
  const { message } = failureOf(() => tried.expect(MoneyTaken({ account: 'a', cents: 31n })))
  assert.equal(
    message,
    [
      'TakeMoney of Account led to something else.',
      '- expected',
      '+ came',
      '',
      "- MoneyTaken({ account: 'a', cents: 31n })",
      "+ MoneyTaken({ account: 'a', cents: 30n })",
      '',
      'given',
      "  AccountOpened({ account: 'a', currency: 'EUR', limit: '5.00' })",
      'when',
      "  TakeMoney({ account: 'a', cents: 30n })",
    ].join('\n'),
  )
})

test('missing, additional, reordered and refused outcomes fail', () => {
  const tried = spec(Account)
    .given(opened)
    .when(TakeMoney({ account: 'a', cents: 30n }))
  const taken = MoneyTaken({ account: 'a', cents: 30n })
  for (const wanted of [[], [taken, taken], [opened, taken], [opened], [reject('no_account')]] as (typeof taken)[][]) {
    failureOf(() => tried.expect(...wanted))
  }
  assert.match(failureOf(() => tried.expect()).message, /^- no event$/m)
  const refused = spec(Account).when(TakeMoney({ account: 'a', cents: 1n }))
  assert.match(failureOf(() => refused.expect(taken)).message, /^\+ reject\('no_account'\)$/m)
  assert.match(failureOf(() => refused.expectReply({ left: 1n })).message, /^\+ reject\('no_account'\)$/m)
  failureOf(() => tried.expectReply({ left: 71n }))
  failureOf(() => tried.expectState({ open: true, left: 1n }))
})

test('a business time counts where the expectation has one', () => {
  const Dated = aggregate('Dated', {
    events: [Elsewhere],
    commands: [Explode],
    id: (c) => c.account,
    initial: () => 0,
  })
    .evolve({ Elsewhere: () => 1 })
    .decide({ Explode: (c) => Elsewhere(c, { occurredAt: '2026-02-01T00:00:00Z' }) })
  const tried = spec(Dated).when(Explode({ account: 'a' }))
  tried.expect(Elsewhere({ account: 'a' }))
  tried.expect(Elsewhere({ account: 'a' }, { occurredAt: '2026-02-01T00:00:00.000Z' }))
  failureOf(() => tried.expect(Elsewhere({ account: 'a' }, { occurredAt: '2026-02-02T00:00:00Z' })))
})

test('an error of the decider comes out of expect, and expectError takes it by code, text or class', () => {
  const tried = spec(Account)
    .given(opened)
    .when(Explode({ account: 'a' }))
  assert.throws(() => tried.expect(), RangeError)
  tried.expectError(/fuse/)
  tried.expectError(RangeError)
  failureOf(() => tried.expectError('EW_DESIGN'))
  failureOf(() => tried.expectError(TypeError))
  assert.match(
    failureOf(() =>
      spec(Account)
        .when(Explode({ account: 'a' }))
        .expectError(/fuse/),
    ).message,
    /^\+ no event$/m,
  )
})

test('messages of an older definition are given through the upcasters', () => {
  spec(Account)
    .given(AccountOpenedFirst({ account: 'a', limit: '5' }))
    .when(TakeMoney({ account: 'a', cents: 1n }))
    .expectState({ open: true, left: 99n, currency: 'GBP' })
})

test('what no test may do is refused: foreign events and commands, forged messages, old expectations, bad ids', () => {
  const forged = { kind: 'event', type: 'MoneyTaken', schemaVersion: 1, data: { cents: 42 } } as never
  assert.throws(
    () =>
      spec(Account)
        .given(forged)
        .when(Explode({ account: 'a' })),
    { code: 'EW_MESSAGE' },
  )
  assert.throws(
    () =>
      spec(Account)
        .given(Elsewhere({ account: 'a' }) as never)
        .when(Explode({ account: 'a' })),
    { code: 'EW_DESIGN' },
  )
  const OtherExplode = command('Explode', { account: t.string() })
  assert.throws(() => spec(Account).when(OtherExplode({ account: 'a' })), { code: 'EW_DESIGN' })
  assert.throws(() => spec(Account).when({} as never), { code: 'EW_MESSAGE' })
  assert.throws(() => spec(Account).when(Explode({ account: '' })), { code: 'EW_STREAM_NAME' })
  const old = AccountOpenedFirst({ account: 'a', limit: '5' }) as EventMessage<'AccountOpened'>
  assert.throws(
    () =>
      spec(Account)
        .when(OpenAccount({ account: 'a', limit: '5' }))
        .expect(old),
    { code: 'EW_DESIGN' },
  )
  assert.throws(() => spec({} as typeof Account), { code: 'EW_DESIGN' })
})

test('an emitted event that evolve cannot take fails the test', () => {
  const Broken = aggregate('Broken', {
    events: [Elsewhere],
    commands: [Explode],
    id: (c) => c.account,
    initial: () => 0,
  })
    .evolve({
      Elsewhere: () => {
        throw new Error('cannot take it')
      },
    })
    .decide({ Explode: (c) => Elsewhere(c) })
  assert.throws(() => spec(Broken).when(Explode({ account: 'a' })), /cannot take it/)
})

test('a decider that changes the state in place fails as it would in the runtime', () => {
  const Careless = aggregate('Careless', {
    events: [Elsewhere],
    commands: [Explode],
    id: (c) => c.account,
    initial: () => ({ times: 0 }),
  })
    .evolve({ Elsewhere: () => ({ times: 1 }) })
    .decide({
      Explode: (_, s) => {
        s.times++
        return []
      },
    })
  spec(Careless)
    .given(Elsewhere({ account: 'a' }))
    .when(Explode({ account: 'a' }))
    .expectError(TypeError)
})

class Counter {
  count = 0
  counted(): void {
    this.count++
  }
  count3() {
    return this.count >= 3 ? reject('full') : Elsewhere({ account: 'a' })
  }
}
const Count = command('Count', { account: t.string() }).refuses('full')
const CounterAggregate = bind(Counter, {
  name: 'Counter',
  events: [Elsewhere],
  commands: [Count],
  id: (c) => c.account,
  on: { Elsewhere: 'counted' },
  handles: { Count: 'count3' },
})

test('class style is tested in the same way', () => {
  const one = Elsewhere({ account: 'a' })
  spec(CounterAggregate)
    .given(one, one)
    .when(Count({ account: 'a' }))
    .expect(one)
  spec(CounterAggregate)
    .given(one, one, one)
    .when(Count({ account: 'a' }))
    .expect(reject('full'))
  const state = Object.assign(new Counter(), { count: 2 })
  spec(CounterAggregate)
    .given(one)
    .when(Count({ account: 'a' }))
    .expectState(state)
})

test('nothing that spec answers is a promise by mistake', () => {
  const given = spec(Account).given(opened)
  for (const value of [spec(Account), given, given.when(Explode({ account: 'a' })), spec(Balances)]) {
    assert.equal('then' in value, false)
  }
})

const Balances = projection('balances', {
  from: [AccountOpened, MoneyTaken],
  key: (e) => e.account,
  row: { account: t.string(), taken: t.long(), limit: t.decimal(8, 2).optional(), last: t.timestamp() },
}).on({
  AccountOpened: (_, e, m) => ({ account: m.key, taken: 0n, limit: e.limit, last: m.occurredAt }),
  MoneyTaken: (row, e, m, tx) => {
    if (e.cents === 0n) return undefined
    tx.run('insert into taken values (?)', [e.cents])
    return { account: e.account, taken: (row?.taken ?? 0n) + e.cents, last: m.recordedAt }
  },
})

test('a projection folds what it was given into rows', () => {
  const rows = spec(Balances).given(opened, MoneyTaken({ account: 'b', cents: 7n }))
  rows
    .expectRow('a', { account: 'a', taken: 0n, limit: '5.0', last: '2026-01-01T00:00:00Z' })
    .expectRow('b', { account: 'b', taken: 7n, last: '2026-01-01T00:00:01.000Z' })
    .expectNoRow('c')
    .expectSql({ sql: 'insert into taken values (?)', params: [7n] })
  rows
    .given(MoneyTaken({ account: 'b', cents: 0n }))
    .expectNoRow('b')
    .expectRows({ a: { account: 'a', taken: 0n, limit: '5', last: '2026-01-01T00:00:00Z' } })
})

test('differences of rows are shown, and a row with unknown columns is no expectation', () => {
  const rows = spec(Balances).given(opened)
  const row = { account: 'a', taken: 0n, limit: '5', last: '2026-01-01T00:00:00Z' }
  assert.match(
    failureOf(() => rows.expectRow('a', { ...row, taken: 1n })).message,
    /^- .*taken: 1n[^]*^\+ .*taken: 0n/m,
  )
  failureOf(() => rows.expectNoRow('a'))
  failureOf(() => rows.expectRow('b', row))
  failureOf(() => rows.expectRows({}))
  failureOf(() => rows.expectRows({ a: row, b: row }))
  failureOf(() => rows.expectSql({ sql: 'x', params: [] }))
  assert.throws(() => rows.expectRow('a', Object.assign({ more: 1 }, row)), { code: 'EW_VALIDATION' })
})

test('a projection refuses events that it does not take', () => {
  assert.throws(() => spec(Balances).given(Elsewhere({ account: 'a' })), { code: 'EW_DESIGN' })
})

test('events may be given in a stream of their own, with versions that go on', () => {
  const Last = projection('last', {
    from: [Elsewhere],
    key: (_, m) => m.stream,
    row: { stream: t.string(), version: t.int(), position: t.int() },
  }).on({ Elsewhere: (_, __, m) => ({ stream: m.stream, version: m.version, position: m.position }) })
  const one = Elsewhere({ account: 'a' })
  spec(Last)
    .givenIn('A/1', one)
    .givenIn('A/2', one)
    .givenIn('A/1', one)
    .expectRows({
      'A/1': { stream: 'A/1', version: 2, position: 3 },
      'A/2': { stream: 'A/2', version: 1, position: 2 },
    })
})

test('an inline projection is held to its rules: the key is the id of the stream, positions are unknown', () => {
  const inline = (key: (e: { account: string }) => string, read: 'position' | 'version') =>
    projection('inline', {
      from: [Elsewhere],
      key,
      row: { account: t.string(), version: t.int() },
      mode: 'inline',
    }).on({ Elsewhere: (_, e, m) => ({ account: e.account, version: m[read] }) })
  const one = Elsewhere({ account: 'a' })
  spec(inline((e) => e.account, 'version'))
    .given(one, one)
    .expectRow('a', { account: 'a', version: 2 })
  assert.throws(() => spec(inline((e) => e.account, 'position')).given(one), { code: 'EW_INLINE_META' })
  assert.throws(() => spec(inline((e) => `${e.account}!`, 'version')).givenIn('A/a', one), { code: 'EW_DESIGN' })
})

test('delivered twice, a pure projection comes to the same rows and an impure one fails', () => {
  spec(Balances)
    .given(opened, MoneyTaken({ account: 'a', cents: 2n }))
    .deliveredTwice()
    .expectRow('a', { account: 'a', taken: 2n, last: '2026-01-01T00:00:01Z' })
    .expectSql({ sql: 'insert into taken values (?)', params: [2n] })
  let calls = 0
  const Impure = projection('impure', { from: [Elsewhere], key: (e) => e.account, row: { calls: t.int() } }).on({
    Elsewhere: () => ({ calls: ++calls }),
  })
  const rows = spec(Impure).given(Elsewhere({ account: 'a' }))
  rows.expectRow('a', { calls: 1 })
  assert.match(failureOf(() => rows.deliveredTwice()).message, /delivered again/)
})
