import {
  aggregate,
  channel,
  command,
  event,
  process,
  projection,
  saga,
  service,
  subscription,
  system,
  t,
} from 'eventwright'

export const Placed = event('Placed', { id: t.string() })
export const Paid = event('Paid', { id: t.string() })
export const Place = command('Place', { id: t.string() })
export const Pay = command('Pay', { id: t.string() })
const id = (message: { readonly id: string }): string => message.id

const Order = aggregate('Order', { events: [Placed, Paid], commands: [Place, Pay], id, initial: () => 0 })
  .evolve({ Placed: (n) => n + 1, Paid: (n) => n })
  .decide({ Place: (c) => Placed(c), Pay: (c) => Paid(c) })
const news = channel('news', { carries: [Placed, Paid], key: 'id' })

/** What the handler of the mails meets. */
export interface World {
  sent(): Promise<void>
}

/** A system with an objective on everything that may have one, and on one view none. */
export function watchedSystem({ sent }: World = { sent: async () => {} }) {
  const view = (name: 'open' | 'closed', objectives?: { lag: number; staleness: '5s' }) =>
    projection(name, { from: [Placed], key: id, row: { id: t.string() }, ...(objectives && { objectives }) }).on({
      Placed: (_, placed) => placed,
    })
  const Mails = subscription('mails', { from: news, objectives: { lag: 2 } }).on({ Placed: sent })
  const Settling = saga('settling', { startedBy: Placed, id, objectives: { staleness: '1.5s' } }).pivotCall('pay', {
    call: Pay,
    with: ({ input }) => input,
  })
  const Following = process('following', { initial: () => ({}), objectives: { lag: 999 } }).on(Paid, id, () => ({
    end: true,
  }))
  return system('town', {
    services: [
      service('sales', {
        parts: [Order, view('open', { lag: 100, staleness: '5s' }), view('closed'), Settling, Following],
        publishes: [news],
        owner: 'team {{sales}}',
      }),
      service('post', { parts: [Mails] }),
    ],
  })
}
