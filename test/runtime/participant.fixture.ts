import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import {
  aggregate,
  command,
  event,
  handle,
  reject,
  service,
  system,
  t,
  type AnySystem,
  type StoreAdapter,
} from 'eventwright'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import type { CommandMessage } from '../../src/design/message.ts'
import type { Store } from '../../src/ports/store.ts'
import { commitLimits } from '../../src/runtime/commits/limits.ts'
import { commitQueue } from '../../src/runtime/commits/queue.ts'
import type { Authorise } from '../../src/runtime/commands/execute-options.ts'
import { participant, type StepAnswer, type StepRequest } from '../../src/runtime/commands/participant.ts'
import { patientStore } from '../../src/runtime/loop/patient-store.ts'
import { repository } from '../../src/runtime/commands/repository.ts'
import { altered } from './stores.fixture.ts'
import { StreamLanes } from '../../src/runtime/commands/stream-lanes.ts'

export const Stocked = event('Stocked', { sku: t.string(), count: t.int() })
export const Reserved = event('Reserved', { sku: t.string(), order: t.string(), count: t.int() })
export const Released = event('Released', { sku: t.string(), order: t.string() })
export const Stock = command('Stock', { sku: t.string(), count: t.int() })
export const Reserve = command('Reserve', { sku: t.string(), order: t.string(), count: t.int() })
  .replies({ left: t.long() })
  .refuses('out_of_stock', 'reserved_before', 'no_such_sku')
/** `note` is what differs between attempts of an undo. */
export const Release = command('Release', { sku: t.string(), order: t.string(), note: t.string().optional() }).refuses(
  'not_reserved',
)
export const Charge = command('Charge', { order: t.string() })
export const Charged = event('Charged', { order: t.string() })

interface ShelfState {
  readonly left: number | undefined
  readonly reserved: Readonly<Record<string, number>>
}

const Shelf = aggregate('Shelf', {
  events: [Stocked, Reserved, Released],
  commands: [Stock],
  id: (c) => c.sku,
  initial: (): ShelfState => ({ left: undefined, reserved: {} }),
})
  .evolve({
    Stocked: (s, e) => ({ ...s, left: (s.left ?? 0) + e.count }),
    Reserved: (s, e) => ({
      left: s.left! - e.count,
      reserved: { ...s.reserved, [e.order]: (s.reserved[e.order] ?? 0) + e.count },
    }),
    Released(s, e) {
      const { [e.order]: count = 0, ...reserved } = s.reserved
      return { left: s.left! + count, reserved }
    },
  })
  .decide({ Stock: (c) => Stocked(c) })

/** What a test does while a handler is at work, after it has read. */
export const during: { reserve: () => Promise<void> | void; release: () => Promise<void> | void } = {
  reserve: () => undefined,
  release: () => undefined,
}

const reserving = handle(Reserve, async (c, { load }) => {
  const shelf = await load(Shelf, c.sku)
  await during.reserve()
  const { left, reserved } = shelf.state
  if (left === undefined) return reject('no_such_sku')
  if (reserved[c.order] !== undefined) return reject('reserved_before')
  if (left < c.count) return reject('out_of_stock')
  shelf.append(Reserved(c))
  return { left: BigInt(left - c.count) }
})

const releasing = handle(Release, async (c, { load }) => {
  const shelf = await load(Shelf, c.sku)
  await during.release()
  if (shelf.state.reserved[c.order] === undefined) return reject('not_reserved')
  shelf.append(Released({ sku: c.sku, order: c.order }))
})

const Account = aggregate('Account', {
  events: [Charged],
  commands: [Charge],
  id: (c) => c.order,
  initial: () => ({}),
})
  .evolve({ Charged: (s) => s })
  .decide({ Charge: (c) => Charged(c) })

/** Two participants: shelves that are reserved and released, and accounts that are charged. */
export const depot = system('depot', {
  services: [service('inventory', { parts: [Shelf, reserving, releasing] }), service('payments', { parts: [Account] })],
})

/** The participants of the depot over one store, as in one process. */
export interface Participating {
  readonly store: Store
  /** What is not said about the request: no undo, no deadline, and every refusal is kept. */
  ask(command: CommandMessage, request: Partial<StepRequest> & Pick<StepRequest, 'key'>): Promise<StepAnswer>
  /** The events of a shelf about one order, by type. */
  ledger(sku: string, order: string): Promise<string[]>
  close(): Promise<void>
}

/** Opens the participants of a system; the test closes them at its end, if it has not before. */
export async function participating(
  t: Pick<TestContext, 'after'>,
  adapter: StoreAdapter,
  {
    clock = systemClock,
    authorise,
    of = depot,
  }: { readonly clock?: Clock; readonly authorise?: Authorise; readonly of?: AnySystem } = {},
): Promise<Participating> {
  const store = patientStore(await adapter.open({ clock }), systemClock, commitLimits.busyDeadlineMs)
  const queue = commitQueue(store, systemClock)
  const { graph } = of
  const { execute } = participant({
    graph,
    services: new Set(graph.services.keys()),
    authorise,
    send() {
      throw new Error('Nothing is sent here.')
    },
    store,
    queue,
    repository: repository(store, (type) => graph.events.get(type)?.definition),
    inline: { feeds: () => false, writes: async () => ({ rows: [], statements: [] }) },
    clock: systemClock,
    lanes: new StreamLanes(systemClock),
  })
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= queue.close().then(() => store.close()))
  t.after(close)
  return {
    store,
    close,
    ask: (command, request) => execute(command, { undoes: null, deadlineAtMs: null, finalRefusals: null, ...request }),
    async ledger(sku, order) {
      const events = await store.log.readStream({ stream: `Shelf/${sku}`, from: 1, limit: 100_000 })
      return events.filter((each) => JSON.parse(each.data).order === order).map((each) => each.type)
    },
  }
}

/** Runs something once, just after a look under the key has found nothing. */
export function afterLookAt(adapter: StoreAdapter, key: string, meanwhile: () => Promise<unknown>): StoreAdapter {
  let isOver = false
  return altered(adapter, ({ inbox }) => ({
    inbox: {
      ...inbox,
      async get(service, consumer, name) {
        const entry = await inbox.get(service, consumer, name)
        if (name !== key || isOver) return entry
        isOver = true
        assert.equal(entry, undefined)
        await meanwhile()
        return entry
      },
    },
  }))
}
