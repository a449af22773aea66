import { aggregate, channel, command, event, projection, saga, service, subscription, system, t } from 'eventwright'

const Line = t.record('Line', { sku: t.string().min(1), quantity: t.int().min(1) })
const Card = t.record('Card', { number: t.string() })
const Cash = t.record('Cash', { coins: t.int() })
const Home = t.record('Home', { street: t.string(), floor: t.int() })

/** Every kind of field that a form has to have, and every way in which one may be absent. */
const every = {
  errandId: t.string(),
  text: t.string(),
  note: t.string().optional(),
  nickname: t.string().nullable(),
  level: t.enum('low', 'high'),
  isUrgent: t.boolean(),
  count: t.int().min(0).max(99),
  share: t.double(),
  total: t.long(),
  price: t.decimal(8, 2),
  day: t.date(),
  at: t.timestamp(),
  lines: t.array(Line).min(1),
  stock: t.map(t.int()),
  payment: t.union('by', { card: Card, cash: Cash }),
  home: Home.pii(),
  anything: t.json(),
}

const Asked = event('Asked', every)
const Ran = event('Ran', { errandId: t.string() })
export const Ask = command('Ask', every)
const Run = command('Run', { errandId: t.string() })

const Errand = aggregate('Errand', {
  events: [Asked, Ran],
  commands: [Ask, Run],
  id: (c) => c.errandId,
  initial: () => ({ note: '' }),
})
  .evolve({ Asked: (_, { text }) => ({ note: text }), Ran: (s) => s })
  .decide({ Ask: (c) => Asked(c), Run: (c) => Ran(c) })

const errandEvents = channel('errand-events', { carries: [Asked], key: 'errandId' })

const Errands = projection('errands', {
  from: [Asked],
  key: (e) => e.errandId,
  row: { errandId: t.string(), text: t.string(), level: t.enum('low', 'high'), price: t.decimal(8, 2) },
  index: ['level'],
}).on({ Asked: (_, { errandId, text, level, price }) => ({ errandId, text, level, price }) })

/** What the world of these errands does not do. */
export interface Faults {
  isDoorShut: boolean
  isHomeLost: boolean
  isPostRefused: boolean
}

/** What subscribers of errands have been told. */
export type Told = (errand: ReturnType<typeof Asked>['data']) => void

/** Errands whose saga waits while the door is shut, cannot be undone while home is lost, and whose post is refused. */
export function errandsIn(faults: Faults, told: Told = () => undefined) {
  const Trip = saga('trip', { startedBy: Asked, id: (e) => e.errandId })
    .step('leave', {
      do() {
        if (faults.isDoorShut) throw new Error('the door is shut')
        return { left: true }
      },
      retry: { maxAttempts: 5, initial: '10m', max: '10m' },
      undo() {
        if (faults.isHomeLost) throw new Error('home is lost')
      },
      undoRetry: { maxAttempts: 1 },
    })
    .pivotCall('run', { call: Run, with: ({ input }) => ({ errandId: input.errandId }) })
  const Post = subscription('post', { from: errandEvents, retry: { maxAttempts: 1 } }).on({
    Asked(errand) {
      if (faults.isPostRefused) throw new Error(`the post refuses ${errand.text}`)
      told(errand)
    },
  })
  return system('errands', {
    services: [
      service('errands', { parts: [Errand, Errands, Trip], publishes: [errandEvents] }),
      service('mail', { parts: [Post] }),
    ],
  })
}

/** An errand with a value in every field. */
export function errand(errandId: string, text = 'milk'): ReturnType<typeof Ask> {
  return Ask({
    errandId,
    text,
    nickname: null,
    level: 'low',
    isUrgent: false,
    count: 3,
    share: 0.5,
    total: 9007199254740993n,
    price: '2.50',
    day: '2026-01-31',
    at: '2026-01-31T09:30:00.125Z',
    lines: [{ sku: 'MILK', quantity: 1 }],
    stock: { shelf: 2 },
    payment: { by: 'card', number: '4111' },
    home: { street: 'Secret Street', floor: 7 },
    anything: { a: [1, 'b', null] },
  })
}
