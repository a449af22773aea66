// Rules of the compiler about processes; every expected error must be one.
import { command, event, process, t } from 'eventwright'

const Packed = event('Packed', { orderId: t.string(), boxes: t.int() })
const Sent = event('Sent', { parcel: t.string() })
const Remind = command('Remind', { orderId: t.string() })

interface State {
  readonly phase: 'new' | 'packed'
}

const begin = () => process('shipping', { initial: (): State => ({ phase: 'new' }), objectives: { lag: 100 } })

// @ts-expect-error no such objective
process('x', { initial: () => 0, objectives: { age: '5s' } })

// What compiles.
export const Shipping = begin()
  .on(
    Packed,
    (e) => e.orderId,
    (s, e, m) => ({
      state: { ...s, phase: 'packed' },
      send: e.boxes > 1 ? [Remind({ orderId: m.stream })] : [],
      after: { late: { in: '1h', send: Remind({ orderId: e.orderId }) } },
    }),
  )
  .on(
    Sent,
    (e) => e.parcel,
    () => ({ after: { late: 'cancel' }, end: true }),
  )

const orderId = (e: { readonly orderId: string }) => e.orderId
const nothing = () => ({})

// @ts-expect-error an id of a field that the event does not have
begin().on(Packed, (e) => e.parcel, nothing)
// @ts-expect-error a state outside the declared ones
begin().on(Packed, orderId, () => ({ state: { phase: 'lost' } }))
// @ts-expect-error a field of another event
begin().on(Packed, orderId, (s, e) => ({ state: s, send: [Remind({ orderId: e.parcel })] }))
// @ts-expect-error an event is sent
begin().on(Packed, orderId, () => ({ send: [Sent({ parcel: '' })] }))
// @ts-expect-error a command in place of an event
begin().on(Remind, orderId, nothing)
// @ts-expect-error a timer without a time
begin().on(Packed, orderId, (_, e) => ({ after: { late: { send: Remind({ orderId: e.orderId }) } } }))
// @ts-expect-error a time that is none
begin().on(Packed, orderId, (_, e) => ({ after: { late: { in: 'soon', send: Remind({ orderId: e.orderId }) } } }))
// @ts-expect-error a word that is no instruction
begin().on(Packed, orderId, () => ({ after: { late: 'stop' } }))
