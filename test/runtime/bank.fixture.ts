import {
  aggregate,
  bind,
  command,
  event,
  handle,
  isRejection,
  projection,
  reject,
  reply,
  service,
  system,
  t,
} from 'eventwright'

export const Opened = event('Opened', { id: t.string(), owner: t.string(), email: t.string() })
export const Deposited = event('Deposited', { id: t.string(), amount: t.int() })
export const Withdrawn = event('Withdrawn', { id: t.string(), amount: t.int() })
export const Closed = event('Closed', { id: t.string() })
export const Open = command('Open', { id: t.string(), owner: t.string(), email: t.string() }).refuses('exists')
export const Deposit = command('Deposit', { id: t.string(), amount: t.int().min(0) })
  .replies({ balance: t.int() })
  .refuses('closed')
export const Withdraw = command('Withdraw', { id: t.string(), amount: t.int() }).refuses('too_little', 'closed')
export const Close = command('Close', { id: t.string() })
export const Transfer = command('Transfer', { from: t.string(), to: t.string(), amount: t.int() })
  .replies({ left: t.int() })
  .refuses('too_little')
export const Note = command('Note', { id: t.string(), times: t.int() })
export const Count = command('Count', { id: t.string() })
export const Counted = event('Counted', { id: t.string() })

interface AccountState {
  readonly open: boolean
  readonly balance: number
}

export const Account = aggregate('Account', {
  events: [Opened, Deposited, Withdrawn, Closed],
  commands: [Open, Deposit, Withdraw, Close],
  id: (c) => c.id,
  initial: (): AccountState => ({ open: false, balance: 0 }),
  snapshot: { every: 3, version: 1, state: { open: t.boolean(), balance: t.int() } },
})
  .evolve({
    Opened: () => ({ open: true, balance: 0 }),
    Deposited: (s, e) => ({ ...s, balance: s.balance + e.amount }),
    Withdrawn: (s, e) => ({ ...s, balance: s.balance - e.amount }),
    Closed: (s) => ({ ...s, open: false }),
  })
  .decide({
    Open: (c, s) => (s.open ? reject('exists', `${c.id} is open`) : Opened(c)),
    Deposit(c, s) {
      if (!s.open) return reject('closed')
      // Not a refusal: a fault of the handler, as a bug would be.
      if (c.amount === 666) throw new Error('a bug in the handler')
      return c.amount === 0 ? reply({ balance: s.balance }) : reply({ balance: s.balance + c.amount }, Deposited(c))
    },
    Withdraw: (c, s) => (!s.open ? reject('closed') : s.balance < c.amount ? reject('too_little') : Withdrawn(c)),
    Close: (c, s) => (s.open ? Closed(c) : []),
  })

/** Class style: the instance is changed in place. */
class CounterState {
  readonly seen: string[] = []
  applied(e: { readonly id: string }): void {
    this.seen.push(e.id)
  }
  count(c: { readonly id: string }) {
    return this.seen.length >= 1_000 ? [] : Counted(c)
  }
}

export const Counter = bind(CounterState, {
  name: 'Counter',
  events: [Counted],
  commands: [Count],
  id: (c) => c.id,
  on: { Counted: 'applied' },
  handles: { Count: 'count' },
})

/** What a test does while the handler of a transfer is at work, called after the loads. */
export const during: { transfer: () => Promise<void> | void } = { transfer: () => undefined }

export const transfer = handle(Transfer, async (c, { load }) => {
  const from = await load(Account, c.from)
  const to = await load(Account, c.to)
  await during.transfer()
  const taken = from.execute(Withdraw({ id: c.from, amount: c.amount }))
  if (isRejection(taken)) return reject('too_little')
  to.execute(Deposit({ id: c.to, amount: c.amount }))
  return { left: from.state.balance }
})

/** Appends without reading: `times` counters of one stream, and nothing that could conflict. */
export const note = handle(Note, async (c, { append }) => {
  append(Counter, c.id, ...Array.from({ length: c.times }, () => Counted({ id: c.id })))
})

const row = { id: t.string(), owner: t.string(), email: t.string(), balance: t.int() }

/** Written in the commit of its events; no two open accounts have one email. */
export const Accounts = projection('accounts', {
  from: [Opened, Deposited, Withdrawn, Closed],
  key: (e) => e.id,
  row,
  index: ['owner', 'balance'],
  unique: ['email'],
  mode: 'inline',
}).on({
  Opened: (_, e) => ({ ...e, balance: 0 }),
  Deposited: (r, e) => r && { ...r, balance: r.balance + e.amount },
  Withdrawn: (r, e) => r && { ...r, balance: r.balance - e.amount },
  Closed: () => undefined,
})

/** One row an event pair: a payment belongs to its account and to the day's total. */
export const Totals = projection('totals', {
  from: [Deposited, Withdrawn],
  key: (e) => [e.id, 'all'],
  row: { sum: t.int(), count: t.int() },
  index: ['sum'],
}).on({
  Deposited: (r, e) => ({ sum: (r?.sum ?? 0) + e.amount, count: (r?.count ?? 0) + 1 }),
  Withdrawn: (r, e) => ({ sum: (r?.sum ?? 0) - e.amount, count: (r?.count ?? 0) + 1 }),
})

export const bank = system('bank', {
  services: [service('bank', { parts: [Account, Counter, transfer, note, Accounts, Totals] })],
})
