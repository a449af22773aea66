// A saga is tested without servers: one course step by step, or all courses at once, with the shortest wrong one shown.
import { command, event, saga, t } from 'eventwright'
import { explore, sagaSpec } from 'eventwright/testing'

const Booked = event('Booked', { trip: t.string() })
const BookHotel = command('BookHotel', { trip: t.string() }).replies({ room: t.string() }).refuses('full')
const LeaveHotel = command('LeaveHotel', { room: t.string() })
const BookFlight = command('BookFlight', { trip: t.string() }).refuses('full')

const trip = (roomOf: (of: { readonly status: string; readonly output?: { readonly room: string } }) => string) =>
  saga('trip', { startedBy: Booked, id: (e) => e.trip })
    .call('hotel', {
      call: BookHotel,
      with: (s) => s.input,
      undoCall: LeaveHotel,
      undoWith: (s) => ({ room: roomOf(s.of) }),
    })
    .pivotCall('flight', { call: BookFlight, with: (s) => s.input })

const Trip = trip(({ output }) => output?.room ?? 'whichever it was')

// One course: what is asked for, and where the saga stands.
sagaSpec(Trip)
  .start(Booked({ trip: 'rome' }))
  .expect(BookHotel({ trip: 'rome' }), 'running')
  .reply('hotel', { room: '12' })
  .expect(BookFlight({ trip: 'rome' }))
  .refuse('flight', 'full')
  .expect(LeaveHotel({ room: '12' }), 'compensating')
  .undone('hotel')
  .expect('compensated')
  .expectCause({ step: 'flight', reason: 'full' })

// Every course: answers that are lost, late, repeated or never come, crashes, cancels.
const input = Booked({ trip: 'rome' })
const explored = explore(Trip, { input })
console.log('the hotel', explored.tried.has('do hotel: the participant acts and never answers') ? 'may be mute' : '')
console.log('ends:', Object.keys(explored.ends).sort().join(', '))

// A mistake that one course does not show: this undo takes for granted that it knows the room.
try {
  explore(
    trip(({ output }) => output!.room),
    { input },
  )
} catch (error) {
  console.log((error as Error).message)
}
