import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { fine, refusal, type Answer } from './answer.ts'
import { money, oneOf, readFields, text } from './fields.ts'
import { GroupCommit } from './group-commit.ts'
import { amountOf, penceOf } from './money.ts'
import type { Route } from './serve.ts'

/**
 * What the payment provider remembers. A charge is `open` while `tok_flaky` fails, and `withdrawn` when it was refunded
 * before it came.
 */
export const providerTables = `
create table if not exists charges (
  key text primary key, order_id text, pence integer not null default 0, token text,
  outcome text not null check (outcome in ('open', 'charged', 'declined', 'withdrawn')),
  charge_id text, attempts integer not null default 0, refunded integer not null default 0) strict;
create index if not exists charges_of_order on charges (order_id);
create table if not exists refunds (key text primary key, charge_key text not null) strict`

/** How the card behind each token behaves. */
export const paymentTokens = ['tok_ok', 'tok_declined', 'tok_flaky', 'tok_timeout', 'tok_lost'] as const

/** What the payment provider does. Every request may be repeated: its key makes it happen once. */
export function providerRoutes(database: DatabaseSync): readonly Route[] {
  const commit = new GroupCommit(database)
  const ledger = new Ledger(database)
  return [
    {
      method: 'POST',
      path: '/charges',
      answer: ({ body }) => {
        const charge = readFields(body, chargeFields)
        return commit.run(() => ledger.charge(charge))
      },
    },
    {
      method: 'POST',
      path: '/refunds',
      answer: ({ body }) => {
        const refund = readFields(body, refundFields)
        return commit.run(() => ledger.refund(refund))
      },
    },
    { method: 'GET', path: '/payments/:orderId', answer: ({ last }) => ledger.payments(last) },
  ]
}

const key = text(500)
const chargeFields = { key, orderId: text(250), amount: money, token: oneOf(...paymentTokens) }
const refundFields = { key, chargeKey: key }
const flakyAttempts = 2

interface Charge {
  readonly order_id: string
  readonly pence: number
  readonly token: (typeof paymentTokens)[number]
  readonly outcome: 'open' | 'charged' | 'declined' | 'withdrawn'
  readonly charge_id: string
  readonly attempts: number
}

class Ledger {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  charge(asked: Readonly<Record<keyof typeof chargeFields, string>>): Answer {
    this.#run(
      `insert into charges (key, order_id, pence, token, outcome) values (?, ?, ?, ?, 'open') on conflict do nothing`,
      asked.key,
      asked.orderId,
      penceOf(asked.amount),
      asked.token,
    )
    const known = this.#charge(asked.key)
    if (known.outcome === 'withdrawn') return refusal(409, 'withdrawn', 'It was refunded before it came.')
    const isSame = known.order_id === asked.orderId && known.pence === penceOf(asked.amount)
    if (!isSame || known.token !== asked.token) return keyReused
    this.#run('update charges set attempts = attempts + 1 where key = ?', asked.key)
    if (known.outcome === 'open') this.#settle(asked.key, known)
    return answerTo(this.#charge(asked.key))
  }

  refund({ key, chargeKey }: Readonly<Record<keyof typeof refundFields, string>>): Answer {
    this.#run('insert into refunds (key, charge_key) values (?, ?) on conflict do nothing', key, chargeKey)
    const [{ charge_key: first } = {}] = this.#all('select charge_key from refunds where key = ?', key)
    if (first !== chargeKey) return keyReused
    // A charge that may still come must not happen any more.
    this.#run(
      `insert into charges (key, outcome) values (?, 'withdrawn')
       on conflict do update set outcome = 'withdrawn' where outcome = 'open'`,
      chargeKey,
    )
    this.#run(`update charges set refunded = pence where key = ? and outcome = 'charged'`, chargeKey)
    const [{ refunded } = {}] = this.#all('select refunded from charges where key = ?', chargeKey)
    return fine({ refunded: amountOf(Number(refunded)) })
  }

  payments(orderId: string): Answer {
    const [sums = {}] = this.#all(
      `select coalesce(sum(pence), 0) as charged, coalesce(sum(refunded), 0) as refunded
       from charges where order_id = ? and outcome = 'charged'`,
      orderId,
    )
    return fine({ charged: amountOf(Number(sums['charged'])), refunded: amountOf(Number(sums['refunded'])) })
  }

  #settle(key: string, { token, attempts }: Charge): void {
    if (token === 'tok_flaky' && attempts < flakyAttempts) return
    const outcome = token === 'tok_declined' ? 'declined' : 'charged'
    this.#run('update charges set outcome = ?, charge_id = ? where key = ?', outcome, `ch_${randomUUID()}`, key)
  }

  #charge(key: string): Charge {
    return this.#all('select * from charges where key = ?', key)[0] as unknown as Charge
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#database.prepare(sql).run(...values)
  }

  #all(sql: string, ...values: string[]): Record<string, unknown>[] {
    return this.#database.prepare(sql).all(...values)
  }
}

const keyReused = refusal(422, 'key_reused', 'The key was used for something else; use a new one.')

function answerTo({ outcome, token, attempts, charge_id: chargeId, pence }: Charge): Answer {
  if (outcome === 'open') return refusal(503, 'unavailable', 'The bank does not answer; send it again.')
  if (outcome === 'declined') return refusal(402, 'declined', 'The bank declined the card.')
  const isLost = token === 'tok_lost' || (token === 'tok_timeout' && attempts === 1)
  return isLost ? 'silence' : fine({ chargeId, amount: amountOf(pence) })
}
