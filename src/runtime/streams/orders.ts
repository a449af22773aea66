import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { streamHash } from '../../base/hash.ts'
import { categoryOf, idOf, streamName } from '../../base/stream-name.ts'
import { isStorable, quoted } from '../../base/text.ts'
import type { StreamInfo, StreamStatus } from '../../ports/streams.ts'
import type { InboxRow, Outcome, Unit } from '../../ports/unit-of-work.ts'
import { operatorEvent } from '../forgetting/operator-event.ts'
import { streamActionTypes } from './actions.ts'
import { streamClosed, streamDeleted } from './closed.ts'
import { eraseStream, type Erased, type ErasureOptions } from './erasure.ts'

/** Who gives an order about a stream, and why; both are kept as an event of the engine. */
export interface StreamOrder {
  readonly who: string
  readonly why: string
}

/** An order that takes its time. */
export interface DeleteOrder extends StreamOrder, Pick<ErasureOptions, 'signal' | 'onProgress'> {}

/** What has become of a stream. */
export interface OrderedStream {
  readonly stream: string
  readonly status: StreamStatus
  readonly version: number
  /** True when it was so before: nothing is noted then. */
  readonly repeated: boolean
}

/**
 * Orders about streams of the design. Each is noted as an event of the engine in the transaction that makes it so.
 * Errors: EW_STREAM_UNKNOWN, EW_STREAM_NAME, EW_TEXT without somebody who gives it or a reason.
 */
export interface StreamOrders {
  /**
   * Closes a stream: every append to it is refused by EW_STREAM_CLOSED, whatever was under way; reads and replays go
   * on. Error: EW_STREAM_DELETED.
   */
  archive(stream: string, order: StreamOrder): Promise<OrderedStream>
  /** Lets an archived stream take events again. Error: EW_STREAM_DELETED. */
  reopen(stream: string, order: StreamOrder): Promise<OrderedStream>
  /**
   * Closes a stream for ever and takes away data and meta of its events, its snapshots, and copies of its events among
   * dead letters; ids, types and places of events stay. There is no way back. What breaks off, by `signal` too, stays
   * closed; the same order again goes on with it. docs/operations.md says what is not reached.
   */
  delete(stream: string, order: DeleteOrder): Promise<OrderedStream & Erased>
}

/** What orders about streams need. */
export interface StreamOrdersOptions extends Pick<ErasureOptions, 'clock'> {
  readonly store: ErasureOptions['store']
  commit(unit: Unit): Promise<Outcome>
  /** Told when a stream was deleted, and again when all of it is gone. */
  deleted?(stream: string): void
}

/** How often an order meets another one before it gives up; each time somebody else has got on. */
const mostTries = 10

/** The orders of an operator over a store. */
export function streamOrders(options: StreamOrdersOptions): StreamOrders {
  return {
    archive: (stream, order) => mark(options, stream, order, 'archived'),
    reopen: (stream, order) => mark(options, stream, order, 'open'),
    delete: (stream, order) => deleteStream(options, stream, order),
  }
}

async function deleteStream(
  options: StreamOrdersOptions,
  stream: string,
  { signal, onProgress, ...order }: DeleteOrder,
): Promise<OrderedStream & Erased> {
  const answer = await mark(options, stream, order, 'deleted')
  options.deleted?.(stream)
  const told = { ...(signal !== undefined && { signal }), ...(onProgress !== undefined && { onProgress }) }
  const erased = await eraseStream(stream, answer.version, { ...options, ...told })
  const { who, why } = order
  const facts = { stream, events: erased.events }
  // Who comes second, or again, has nothing to add.
  const key: InboxRow = { ...once, key: stream, fingerprint: '', outcome: '{}' }
  await options.commit({ appends: [noted(options.clock, 'erased', facts, { who, why })], inbox: [key] })
  options.deleted?.(stream)
  return { ...answer, ...erased }
}

const once = { service: 'eventwright', consumer: 'erased streams' }

async function mark(
  options: StreamOrdersOptions,
  stream: string,
  { who, why }: StreamOrder,
  to: StreamStatus,
): Promise<OrderedStream> {
  assertTexts({ who, why })
  assertStreamName(stream)
  for (let tries = 1; ; tries++) {
    const { status: from, version } = await known(options, stream)
    if (from === to) return { stream, status: to, version, repeated: true }
    if (from === 'deleted') throw streamDeleted(stream)
    const check = { stream, hash: streamHash(stream), partition: 0, expected: 'streamExists', events: [] } as const
    const event = noted(options.clock, to, { stream }, { who, why })
    const outcome = await options.commit({ appends: [check, event], marks: [{ stream, from, to }] })
    // The unit may have been there before, and then nobody tells how long the stream was.
    if (outcome.ok) return { stream, status: to, version: (await known(options, stream)).version, repeated: false }
    if (outcome.reason !== 'closed')
      throw failure('EW_CONCURRENCY', `The order for ${quoted(stream, 300)} lost by ${outcome.reason}.`)
    if (tries === mostTries) throw streamClosed(outcome)
  }
}

function noted(
  clock: Clock,
  what: keyof typeof streamActionTypes,
  facts: Parameters<typeof operatorEvent>[1],
  order: StreamOrder,
): ReturnType<typeof operatorEvent> {
  return operatorEvent(streamActionTypes[what], facts, { ...order, nowMs: clock.now() })
}

async function known({ store }: StreamOrdersOptions, stream: string): Promise<StreamInfo> {
  const found = await store.streams.get(stream)
  if (found?.partition === 0) return found
  const what = found === undefined ? 'The store has no stream' : 'It is a stream of the engine, which nobody closes:'
  throw failure('EW_STREAM_UNKNOWN', `${what} ${quoted(stream, 300)}.`, { details: { stream } })
}

/** Error: EW_STREAM_NAME for what cannot be the name of a stream. */
function assertStreamName(stream: unknown): void {
  const text = typeof stream === 'string' ? stream : String(stream)
  streamName(text.includes('/') ? categoryOf(text) : text, text.includes('/') ? idOf(text) : '')
}

function assertTexts(texts: Readonly<Record<string, unknown>>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text === 'string' && text.trim() !== '' && isStorable(text)) continue
    throw failure('EW_TEXT', `An order about a stream says ${name} as a text that is not empty.`)
  }
}
