import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import {
  aggregate,
  channel,
  command,
  event,
  projection,
  reject,
  reply,
  saga,
  service,
  subscription,
  system,
  t,
  type StoreAdapter,
} from 'eventwright'
import { consoleHandler, type ConsoleHandler, type ConsoleOptions, type Watched } from 'eventwright/console'
import type { Page } from '../../src/console/wire.ts'
import { running, type RunningOf } from '../runtime/running.fixture.ts'

/** What nobody may read who has not the right to; each part stands in events, commands, rows, states and texts. */
export const secret = { email: 'ann.secret@example.com', phone: '+44 20 7946 0000' }

const Guest = t.record('Guest', { email: t.string().pii(), phone: t.string().pii() })

export const Booked = event('Booked', { bookingId: t.string(), guest: Guest, nights: t.int() }).next(
  { bookingId: t.string(), guest: Guest, nights: t.int(), room: t.string() },
  (first) => ({ ...first, room: 'any' }),
)
export const Confirmed = event('Confirmed', { bookingId: t.string() })
export const Book = command('Book', {
  bookingId: t.string(),
  guest: Guest,
  nights: t.int(),
  room: t.string(),
}).refuses('booked')
export const Confirm = command('Confirm', { bookingId: t.string() })
export const Charge = command('Charge', { bookingId: t.string(), email: t.string().pii() }).replies({
  receipt: t.string().pii(),
})
const Charged = event('Charged', { bookingId: t.string() })

interface State {
  readonly status: 'free' | 'booked' | 'confirmed'
  readonly greeting: string
}

export const Booking = aggregate('Booking', {
  events: [Booked, Confirmed],
  commands: [Book, Confirm],
  id: (c) => c.bookingId,
  initial: (): State => ({ status: 'free', greeting: '' }),
})
  .evolve({
    Booked: (_, e) => ({ status: 'booked', greeting: `Dear ${e.guest.email.toUpperCase()}` }),
    Confirmed: (s) => ({ ...s, status: 'confirmed' }),
  })
  .decide({
    Book: (c, s) => (s.status === 'free' ? Booked(c) : reject('booked')),
    Confirm: (c) => Confirmed(c),
  })

export const Bookings = projection('bookings', {
  from: [Booked, Confirmed],
  key: (e) => e.bookingId,
  row: { bookingId: t.string(), email: t.string().pii(), nights: t.int(), status: t.enum('booked', 'confirmed') },
  index: ['nights', 'email'],
}).on({
  Booked: (_, { bookingId, guest, nights }) => ({ bookingId, email: guest.email, nights, status: 'booked' }),
  Confirmed: (row) => row && { ...row, status: 'confirmed' },
})

const bookingEvents = channel('booking-events', { carries: [Booked, Confirmed], key: 'bookingId' })

/** The world that handlers meet. */
export interface World {
  mailBroken: boolean
  tillJammed: boolean
}

/** A hotel whose mails may fail and whose till may be jammed. */
export function hotelIn(world: World) {
  const Till = aggregate('Till', { events: [Charged], commands: [Charge], id: (c) => c.bookingId, initial: () => 0 })
    .evolve({ Charged: (n) => n + 1 })
    .decide({ Charge: (c) => reply({ receipt: `for ${c.email}` }, Charged({ bookingId: c.bookingId })) })
  const Stay = saga('stay', { startedBy: Booked, id: (e) => e.bookingId })
    .step('hold', { do: () => ({ key: 'k1' }), undo: () => undefined })
    .pivot('open-door', {
      do({ input }) {
        if (world.tillJammed) throw new Error(`no door for ${input.guest.email}`)
        return { door: 7 }
      },
      retry: { maxAttempts: 1 },
    })
    .finishCall('charge', {
      call: Charge,
      with: ({ input }) => ({ bookingId: input.bookingId, email: input.guest.email }),
    })
    .finishCall('confirm', { call: Confirm, with: ({ input }) => ({ bookingId: input.bookingId }) })
  const Mails = subscription('mails', { from: bookingEvents, retry: { maxAttempts: 1 } }).on({
    Booked(e) {
      if (world.mailBroken) throw new Error(`nobody lives at ${e.guest.email}`)
    },
  })
  return system('hotel', {
    services: [
      service('rooms', { parts: [Booking, Bookings, Stay, Till], publishes: [bookingEvents], owner: 'team-rooms' }),
      service('post', { parts: [Mails] }),
    ],
  })
}

export type Hotel = RunningOf<ReturnType<typeof hotelIn>>

/** A hotel at work with a console, closed when the test ends. */
export async function hotel(
  t: TestContext,
  store: StoreAdapter,
  options: ConsoleOptions = {},
  world: World = { mailBroken: false, tillJammed: false },
): Promise<{ readonly open: Hotel; readonly desk: Desk; readonly world: World }> {
  const open = await running(t, hotelIn(world), { store })
  const desk = await enter(t, open, options)
  return { open, desk, world }
}

/** Books under an id, with the secret. */
export function book(open: Hotel, bookingId: string, correlationId?: string) {
  const command = Book({ bookingId, guest: secret, nights: 2, room: '12' })
  return open.execute(command, correlationId === undefined ? {} : { correlationId })
}

/** A console as a browser sees it that has a session. */
export interface Desk {
  readonly handler: ConsoleHandler
  readonly cookie: string
  ask(path: string, headers?: Record<string, string>): Promise<Response>
  /** The JSON of an answer that must be there. */
  get<T>(path: string): Promise<T>
  /** Gives an order; the key is new unless it is given. */
  order(path: string, body?: object, key?: string): Promise<Response>
  ordered<T>(path: string, body?: object, key?: string): Promise<T>
}

export const origin = 'http://127.0.0.1:3000'
let keys = 0

/** Opens the console of a running system and enters by its token. */
export async function enter(t: TestContext, open: Watched, options: ConsoleOptions = {}): Promise<Desk> {
  const handler = consoleHandler(open, options)
  t.after(() => handler.close())
  const entered = handler.token === undefined ? undefined : await handler(new Request(handler.link(origin)))
  const cookie = entered?.headers.get('set-cookie')?.split(';')[0] ?? ''
  const api = `${origin}${options.base ?? '/'}console/api/`
  const ask: Desk['ask'] = (path, headers = {}) => handler(new Request(api + path, { headers: { cookie, ...headers } }))
  const order: Desk['order'] = (path, body = {}, key = `order-key-${++keys}`) =>
    handler(
      new Request(api + path, {
        method: 'POST',
        headers: { cookie, origin, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ reason: 'a test', ...body }),
      }),
    )
  const json = async <T>(response: Response): Promise<T> => {
    const text = await response.text()
    assert.equal(response.status, 200, text)
    return JSON.parse(text) as T
  }
  return {
    handler,
    cookie,
    ask,
    order,
    get: async (path) => json(await ask(path)),
    ordered: async (path, body, key) => json(await order(path, body, key)),
  }
}

/** Every item of a list, page by page. */
export async function allOf<T>(desk: Desk, path: string, limit: number): Promise<{ items: T[]; pages: number }> {
  const items: T[] = []
  let [next, pages] = [undefined as string | undefined, 0]
  do {
    const page = await desk.get<Page<T>>(
      `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${next ? `&cursor=${next}` : ''}`,
    )
    assert.ok(page.items.length <= limit)
    items.push(...page.items)
    next = page.next
    pages++
  } while (next !== undefined)
  return { items, pages }
}
