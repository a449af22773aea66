import { failure } from '../../base/errors.ts'
import { parseDuration, type Duration } from '../../base/duration.ts'

/** How long something is kept. */
export type KeepFor = Duration | 'forever'

/** How long what is done with is kept. Everything else is deleted as soon as nobody needs it. */
export interface Keep {
  /**
   * Keys by which repeats are recognised: idempotency keys, ids of messages, replies of saga steps. Whoever repeats a
   * request later has it executed again. Default `30d`; those of steps stay longer while a saga of this store is open.
   */
  readonly keys?: KeepFor
  /** Rows of finished sagas and processes, which lists show; their events stay for ever. Default `90d`. */
  readonly sagas?: KeepFor
  /**
   * Messages of channels that one of its readers has not read, although they are older than the channel keeps them.
   * Default `30d`.
   */
  readonly unread?: KeepFor
  /** How often it is looked for what can be deleted. Default `1m`. */
  readonly every?: Duration
}

/** The same in milliseconds; what is kept for ever is Infinity. */
export interface KeepMs {
  readonly keysMs: number
  readonly sagasMs: number
  readonly unreadMs: number
  readonly everyMs: number
}

/** Fills defaults in. Error: EW_CONFIG. */
export function keepMs({ keys = '30d', sagas = '90d', unread = '30d', every = '1m' }: Keep = {}): KeepMs {
  return {
    keysMs: spanMs('keys', keys),
    sagasMs: spanMs('sagas', sagas),
    unreadMs: spanMs('unread', unread),
    everyMs: spanMs('every', every, false),
  }
}

function spanMs(name: keyof Keep, text: KeepFor, mayBeForever = true): number {
  if (mayBeForever && text === 'forever') return Infinity
  const ms = typeof text === 'string' ? parseDuration(text) : null
  if (ms !== null && ms > 0) return ms
  const expected = `expected a duration such as '30d'${mayBeForever ? `, or 'forever'` : ''}`
  throw failure('EW_CONFIG', `keep.${name} is ${JSON.stringify(text)}; ${expected}.`)
}
