import type { TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import { newId } from '../../../src/base/ids.ts'
import { silentLog, type Log } from '../../../src/base/log.ts'
import { signal, type Signal } from '../../../src/base/signal.ts'
import type { Clock } from '../../../src/base/clock.ts'
import type { EventMessage } from '../../../src/design/message.ts'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'
import type { AnyProcess } from '../../../src/design/sagas/process.ts'
import type { OutboxRow } from '../../../src/ports/outbox.ts'
import type { SagaMail, SagaRow } from '../../../src/ports/sagas.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Statement, Unit } from '../../../src/ports/unit-of-work.ts'
import { receivedCommand, type ReceivedCommand } from '../../../src/runtime/messages/command-message.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import type { CommandAnswer } from '../../../src/runtime/messages/reply-message.ts'
import { eventMail, processMail, replyMail, type MailedEvent } from '../../../src/runtime/saga-runner/mail.ts'
import type { LocalWork, SagaRunnerOptions } from '../../../src/runtime/saga-runner/options.ts'
import { processRunner, sagaRunner } from '../../../src/runtime/saga-runner/runner.ts'
import { space, type Space } from '../../../src/runtime/loop/space.ts'
import { sparingStore } from '../../../src/runtime/loop/sparing-store.ts'
import { fakeClock, type FakeClock } from '../../../src/testing/fake-clock.ts'
import { givenMeta } from '../../../src/testing/given-meta.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { heedWork, isAtWork, storeAtWork } from './at-work.fixture.ts'

/** What of a runner a test wants to be otherwise. */
export interface Choices extends Partial<Pick<SagaRunnerOptions, 'execute' | 'alert' | 'ownerOf' | 'record'>> {
  /** Stands between the runner and its commits. */
  readonly wrap?: (commit: SagaRunnerOptions['commit']) => SagaRunnerOptions['commit']
  readonly log?: Log
  readonly clock?: Clock
  /** Into how many buckets its instances are divided, which several desks share then; default 1. */
  readonly buckets?: number
}

/** A runner in a process of its own. */
export interface Desk {
  readonly space: Space
  readonly clock: Clock
  readonly wake: Signal
  /** Writes mail, as a router does. */
  post(mail: readonly SagaMail[]): Promise<void>
  /** Called before it stops. */
  onStop(stop: () => Promise<void>): void
  stop(): Promise<void>
}

const none = { name: 'sagas', starts: [0], source: { after: async () => [] } }
const trustedMs = 500

/** Starts a runner over a store. */
export async function openDesk(
  t: TestContext,
  adapter: StoreAdapter,
  declaration: AnySaga | AnyProcess,
  choices: Choices = {},
): Promise<Desk> {
  const { clock = fakeClock(), log = silentLog, wrap = (commit) => commit, buckets } = choices
  const wake = signal()
  const shared = { clock, log, leaseMs: 10_000, backstopMs: 50, wake, limits: commitLimits }
  const opened = storeAtWork(clock, await adapter.open({ clock }))
  const store = buckets === undefined ? opened : { ...sparingStore(opened, clock, trustedMs), shared: true }
  const work = space({ ...shared, store, owner: newId(), reader: () => ({}) as never })
  const unwatch = store.watch(() => wake.raise())
  const base = {
    service: 'orders',
    store,
    commit: wrap(work.commitAside),
    clock,
    log,
    wake,
    random: () => 0.5,
    ownerOf: () => 'warehouse',
  }
  const handler =
    declaration.kind === 'process'
      ? processRunner({ ...base, ...choices, process: declaration })
      : sagaRunner({
          ...base,
          execute: async () => ({ status: 'failed', error: 'nobody executes commands here' }),
          alert: () => undefined,
          record: () => sqlWork(),
          ...choices,
          saga: declaration,
        })
  const consumer = await work.consume({
    name: `saga:${declaration.name}`,
    handler: () => handler,
    pageEvents: 1,
    from: buckets === undefined ? none : { ...none, spread: buckets },
  })
  const before: (() => Promise<void>)[] = []
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      unwatch()
      await Promise.all(before.map((each) => each()))
      await consumer.stop()
      await work.close()
    })())
  t.after(stop)
  const onStop = (each: () => Promise<void>): void => void before.push(each)
  return { space: work, clock, wake, post: (mail) => posted(work, mail), onStop, stop }
}

/** SQL is all that it records. */
function sqlWork(): LocalWork {
  const statements: Statement[] = []
  const tx = { run: (sql: string, params: readonly unknown[] = []) => void statements.push({ sql, params }) }
  return { context: { tx } as never, unit: async () => ({ statements }), committed: () => undefined }
}

async function posted(work: Space, mail: readonly SagaMail[]): Promise<void> {
  const inbox = [{ service: 'orders', consumer: 'router', key: newId(), fingerprint: '', outcome: '{}' }]
  const outcome = await work.queue.commit({ inbox, mail } satisfies Unit)
  if (!outcome.ok) throw new Error(`The mail was refused: ${outcome.reason}`)
}

let events = 0

/** An event as the log brings it. */
export function delivered({ type, data }: EventMessage, id: string = newId()): MailedEvent {
  const meta = givenMeta({ occurredAt: undefined }, { stream: 'order/1', version: ++events, position: events })
  return { type, data, meta: { ...meta, id } }
}

/** What an event becomes. */
export function mailOf(declaration: AnySaga | AnyProcess, event: MailedEvent): readonly SagaMail[] {
  return declaration.kind === 'process' ? processMail(declaration, event) : eventMail(declaration, event)
}

/** What a participant gets to see of a command. */
export interface Asked extends ReceivedCommand {
  readonly data: any
  readonly row: OutboxRow
}

/** Answers the commands that leave a store, as their owners do: once for each key, always the same. */
export interface Participants {
  /** Everything that came, repeats too. */
  readonly asked: readonly Asked[]
  /** The keys that had effect, in order. */
  readonly effects: readonly string[]
}

/** `answer` undefined: nothing is answered, whatever it did. `copies`: how often every answer comes. */
export function participants(
  desk: Desk,
  answer: (command: Asked) => CommandAnswer | undefined,
  copies = 1,
): Participants {
  const asked: Asked[] = []
  const kept = new Map<string, CommandAnswer | undefined>()
  const stopping = new AbortController()
  const { store } = desk.space
  let position = 0
  let read = -1
  const take = (row: OutboxRow): readonly SagaMail[] => {
    const command = receivedCommand({ ...row, partition: 0, offset: row.position, atMs: 0 })
    const seen: Asked = { ...command, data: JSON.parse(row.value), row }
    asked.push(seen)
    const { idempotencyKey: key } = command
    if (kept.get(key) === undefined) kept.set(key, answer(seen))
    const known = kept.get(key)
    if (known === undefined || command.replyTo === undefined) return []
    const mail = replyMail({ address: command.replyTo.address, answer: known })
    return Array.from({ length: copies }, (_, copy) => (copy === 0 ? mail : { ...mail, key: `${mail.key}/${copy}` }))
  }
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const seen = desk.wake.seen()
      const rows = await store.outbox.after(position, 500)
      const mail = rows.flatMap(take)
      position = rows.at(-1)?.position ?? position
      if (mail.length > 0) await desk.post(mail)
      if (rows.length === 0) read = seen
      if (rows.length === 0) await desk.wake.after(seen, 50, stopping.signal)
    }
  }
  const running = run()
  const unheed = heedWork(desk.clock, () => read !== desk.wake.seen())
  const stop = async (): Promise<void> => {
    unheed()
    stopping.abort()
    desk.wake.raise()
    await running
  }
  desk.onStop(stop)
  return {
    asked,
    get effects() {
      return [...kept].filter(([, known]) => known?.status === 'done').map(([key]) => key)
    },
  }
}

/** The types of an instance's events, without what they all begin with. */
export async function story(store: Store, stream: string): Promise<readonly string[]> {
  const events = await store.log.readStream({ stream, from: 1, limit: 500 })
  return events.map(({ type }) => type.replace(/^ew\./, ''))
}

/** The row of an instance. */
export function rowOf(desk: Desk, id: string): Promise<SagaRow | undefined> {
  return desk.space.store.sagas.get(id)
}

/** Moves the time on until something holds; it stands while anybody is at work. */
export async function ticking(
  clock: FakeClock,
  what: string,
  holds: () => Promise<boolean>,
  stepMs = 100,
): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}.`)
    if (!isAtWork(clock)) await clock.advance(stepMs)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Whether nothing moves an instance any more. */
export async function isClosed(desk: Desk, id: string): Promise<boolean> {
  return (await rowOf(desk, id))?.closed === true
}

/** Answers as the participants of an order do that all agree. */
export function agreeing({ type }: Asked): CommandAnswer {
  if (type === 'ReserveInventory') return { status: 'done', output: { reservationId: 'r1' } }
  if (type === 'ChargePayment') return { status: 'done', output: { paymentId: 'p1' } }
  return { status: 'done' }
}
