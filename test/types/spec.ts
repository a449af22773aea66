// Rules of the compiler about tests written with `spec`; every expected error must be one.
import { aggregate, bind, command, event, projection, reject, reply, t } from 'eventwright'
import { spec } from 'eventwright/testing'

const Opened = event('Opened', { id: t.string() })
const Closed = event('Closed', { id: t.string(), why: t.enum('done', 'lost') })
const Elsewhere = event('Elsewhere', { id: t.string() })
const Open = command('Open', { id: t.string() }).refuses('open_already')
const Close = command('Close', { id: t.string() }).replies({ count: t.int() }).refuses('not_open', 'locked')
const Other = command('Other', { id: t.string() })

interface State { readonly open: boolean }

const Door = aggregate('Door', {
  events: [Opened, Closed], commands: [Open, Close], id: (c) => c.id, initial: (): State => ({ open: false }),
}).evolve({
  Opened: () => ({ open: true }),
  Closed: () => ({ open: false }),
}).decide({
  Open: (c, s) => s.open ? reject('open_already') : Opened(c),
  Close: (c, s) => s.open ? reply({ count: 1 }, Closed({ ...c, why: 'done' })) : reject('not_open'),
})

class DoorClass {
  open = false
  opened(): void { this.open = true }
  doOpen(c: { readonly id: string }) { return this.open ? reject('open_already') : Opened(c) }
}
const ClassDoor = bind(DoorClass, {
  name: 'ClassDoor', events: [Opened], commands: [Open], id: (c) => c.id, on: { Opened: 'opened' }, handles: { Open: 'doOpen' },
})

const Doors = projection('doors', {
  from: [Opened, Closed], key: (e) => e.id, row: { id: t.string(), state: t.enum('open', 'closed') },
}).on({
  Opened: (_, { id }) => ({ id, state: 'open' }),
  Closed: (row) => row && { ...row, state: 'closed' },
})

// What compiles.
spec(Door).when(Open({ id: '1' })).expect(Opened({ id: '1' }))
spec(Door).given(Opened({ id: '1' })).when(Open({ id: '1' })).expect(reject('open_already'))
spec(Door).given(Opened({ id: '1' })).when(Close({ id: '1' })).expect().expectReply({ count: 1 }).expectState({ open: false })
spec(Door).given(Opened({ id: '1' })).fromEveryVersion({ samples: 5 })
spec(ClassDoor).given(Opened({ id: '1' })).when(Open({ id: '1' })).expect(reject('open_already'))
spec(Doors).given(Opened({ id: '1' })).deliveredTwice().expectRow('1', { id: '1', state: 'open' }).expectNoRow('2')

// @ts-expect-error an event of another aggregate is given
spec(Door).given(Elsewhere({ id: '1' }))
// @ts-expect-error a command is given
spec(Door).given(Open({ id: '1' }))
// @ts-expect-error a definition is given in place of its message
spec(Door).given(Opened)
// @ts-expect-error a command of another aggregate
spec(Door).when(Other({ id: '1' }))
// @ts-expect-error an event in place of a command
spec(Door).when(Opened({ id: '1' }))
// @ts-expect-error a command that the class-style aggregate does not handle
spec(ClassDoor).when(Close({ id: '1' }))
// @ts-expect-error an event that the aggregate never emits
spec(Door).when(Open({ id: '1' })).expect(Elsewhere({ id: '1' }))
// @ts-expect-error a refusal that no command declares
spec(Door).when(Open({ id: '1' })).expect(reject('typo'))
// @ts-expect-error a refusal that another command declares
spec(Door).when(Open({ id: '1' })).expect(reject('not_open'))
// @ts-expect-error a refusal of a command that declares none
spec(Door).when(Open({ id: '1' })).expect(reject(''))
// @ts-expect-error event data of the wrong type
spec(Door).given(Closed({ id: '1', why: 'else' }))
// @ts-expect-error the wrong reply
spec(Door).when(Close({ id: '1' })).expectReply({ count: 'one' })
// @ts-expect-error a state that the aggregate cannot have
spec(Door).when(Open({ id: '1' })).expectState({ open: 'yes' })
// @ts-expect-error a code that does not exist
spec(Door).when(Open({ id: '1' })).expectError('EW_NO_SUCH_CODE')
// @ts-expect-error rows belong to projections
spec(Door).expectRow('1', { open: true })
// @ts-expect-error commands belong to aggregates
spec(Doors).when(Open({ id: '1' }))
// @ts-expect-error a row without a column
spec(Doors).expectRow('1', { id: '1' })
// @ts-expect-error a value outside the enum of a column
spec(Doors).expectRows({ 1: { id: '1', state: 'ajar' } })
// @ts-expect-error an aggregate without decide
spec(aggregate('Half', { events: [Opened], commands: [Open], id: (c) => c.id, initial: () => 0 }).evolve({ Opened: () => 1 }))
// @ts-expect-error a projection without handlers
spec(projection('half', { from: [Opened], key: (e) => e.id, row: { id: t.string() } }))
