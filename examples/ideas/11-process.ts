// Nobody conducts: a process follows events, remembers what it must, and answers with commands, now or later.
import { aggregate, command, event, memory, process, service, start, system, t } from 'eventwright'
import { processSpec } from 'eventwright/testing'

const guest = { room: t.string() }
const CheckedOut = event('CheckedOut', guest)
const KeyReturned = event('KeyReturned', guest)
const CheckOut = command('CheckOut', guest)
const ReturnKey = command('ReturnKey', guest)
const Stay = aggregate('Stay', {
  events: [CheckedOut, KeyReturned],
  commands: [CheckOut, ReturnKey],
  id: (c) => c.room,
  initial: () => null,
})
  .evolve({ CheckedOut: () => null, KeyReturned: () => null })
  .decide({ CheckOut: (c) => CheckedOut(c), ReturnKey: (c) => KeyReturned(c) })
const RoomCleaned = event('RoomCleaned', guest)
const GuestReminded = event('GuestReminded', guest)
const CleanRoom = command('CleanRoom', guest)
const RemindGuest = command('RemindGuest', guest)
const Room = aggregate('Room', {
  events: [RoomCleaned, GuestReminded],
  commands: [CleanRoom, RemindGuest],
  id: (c) => c.room,
  initial: () => null,
})
  .evolve({ RoomCleaned: () => null, GuestReminded: () => null })
  .decide({ CleanRoom: (c) => RoomCleaned(c), RemindGuest: (c) => GuestReminded(c) })

// The room is cleaned when the guest has left and the key is back, whichever comes first.
const done = (room: string) => ({ send: [CleanRoom({ room })], after: { key: 'cancel' }, end: true }) as const
const Housekeeping = process('housekeeping', { initial: (): { half: boolean } => ({ half: false }) })
  .on(
    CheckedOut,
    (e) => e.room,
    (s, { room }) =>
      s.half ? done(room) : { state: { half: true }, after: { key: { in: '1h', send: RemindGuest({ room }) } } },
  )
  .on(
    KeyReturned,
    (e) => e.room,
    (s, { room }) => (s.half ? done(room) : { state: { half: true } }),
  )

// An hour in a test takes no time.
const left = processSpec(Housekeeping).given(CheckedOut({ room: '12' }))
left.advance('1h').expect(RemindGuest({ room: '12' }))
left
  .given(KeyReturned({ room: '12' }))
  .expect(CleanRoom({ room: '12' }))
  .expectEnd()
  .expectTimers()
const inn = system('inn', { services: [service('rooms', { parts: [Stay, Room, Housekeeping] })] })
const running = await start(inn, { store: memory() })
await running.execute(ReturnKey({ room: '7' }))
await running.execute(CheckOut({ room: '7' }))
await running.caughtUp()
for await (const { stream, type } of running.events.log()) console.log(stream, type)
await running.stop()
