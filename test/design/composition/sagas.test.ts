import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, handle, process, saga, service, t, type AnyPart } from 'eventwright'
import { nameFindings } from '../../../src/design/composition/names.ts'
import { partsOf } from '../../../src/design/composition/parts.ts'
import { sagaFindings } from '../../../src/design/composition/sagas.ts'
import { valueFindings } from '../../../src/design/composition/values.ts'
import { orderCreation, orderHandling } from '../../runtime/sagas/order.fixture.ts'

const Opened = event('Opened', { id: t.string(), note: t.string().optional(), count: t.int() })
const Open = command('Open', { id: t.string() })
const Door = aggregate('door', { events: [Opened], commands: [Open], id: (c) => c.id, initial: () => 0 })
  .evolve({ Opened: () => 1 })
  .decide({ Open: (c) => Opened({ id: c.id, count: 1 }) })

/** What the rules about sagas, names and values find in a service with these parts. */
function findings(...parts: readonly AnyPart[]): readonly string[] {
  const composition = partsOf('shop', [service('doors', { parts: [Door, ...parts] })])
  const found = [sagaFindings, nameFindings, valueFindings].flatMap((rule) => rule(composition))
  return found.map(({ code, where, what }) => `${code} ${where}: ${what}`)
}

const step = { do: () => 1, noUndo: 'read-only' }
const begin = (name: string, id: (e: any) => any) => saga(name, { startedBy: Opened, id }).step('a', step)

test('what fits together has no finding', () => {
  assert.deepEqual(
    findings(
      orderCreation,
      orderHandling,
      begin('a', (e) => e.id),
    ),
    [],
  )
})

test('ids and values of awaited events must be texts that are always there', () => {
  const found = findings(
    begin('a', (e) => e.note),
    begin('b', (e) => e.count),
    begin('c', (e) => e.missing.deeper),
    begin('d', (e) => e.id).waitFor('w', {
      event: Opened,
      by: (e) => (e as any).missing,
      correlate: () => '',
      within: '1s',
      onTimeout: 'fail',
    }),
  )
  assert.equal(found.length, 4, found.join('\n'))
  assert.ok(found.every((line) => line.startsWith('key-not-valid')))
  assert.match(found[3]!, /by of the step w answers nothing/)
})

test('sagas, processes and aggregates share the names of streams', () => {
  const other = process('a', { initial: () => 0 }).on(
    Opened,
    (e) => e.id,
    () => ({}),
  )
  const found = findings(
    begin('door', (e) => e.id),
    begin('a', (e) => e.id),
    other,
  )
  assert.equal(found.length, 2)
  assert.match(found[0]!, /^name-taken service doors, saga door: .*service doors, aggregate door/)
  assert.match(found[1]!, /^name-taken service doors, process a: .*service doors, saga a/)
})

test('a name that cannot be that of a stream is found', () => {
  const found = findings(
    begin('two words', (e) => e.id),
    process('', { initial: () => 0 }),
  )
  assert.deepEqual(found.filter((line) => line.startsWith('name-not-valid')).length, 2)
})

test('a saga without steps, a process without reactions and a version that is none are found', () => {
  const empty = saga('empty', { startedBy: Opened, id: (e) => e.id, version: 0 })
  const found = findings(empty, process('idle', { initial: () => 0 }))
  assert.deepEqual(
    found.map((line) => line.split(' ')[0]),
    ['handler-missing', 'handler-missing', 'value-not-valid'],
  )
})

test('a step is undone by the service that has done it', () => {
  const Close = command('Close', { id: t.string() })
  const Gate = aggregate('gate', { events: [], commands: [Close], id: (c) => c.id, initial: () => 0 })
    .evolve({})
    .decide({ Close: () => [] })
  const opening = saga('opening', { startedBy: Opened, id: (e) => e.id }).call('open', {
    call: Open,
    with: ({ input }) => ({ id: input.id }),
    undoCall: Close,
    undoWith: ({ input }) => ({ id: input.id }),
  })
  const apart = [service('doors', { parts: [Door, opening] }), service('gates', { parts: [Gate] })]
  const found = sagaFindings(partsOf('shop', apart))
  assert.deepEqual(
    found.map(({ code }) => code),
    ['undo-elsewhere'],
  )
  assert.match(found[0]!.what, /open is done by doors and undone by gates/)
  assert.deepEqual(sagaFindings(partsOf('shop', [service('doors', { parts: [Door, Gate, opening] })])), [])
})

test('what a step began outside is undone there too, whatever the step has left behind', () => {
  const [Knock, Calm] = [command('Knock', { id: t.string() }), command('Calm', { id: t.string() })]
  const knocking = (undo: object) =>
    saga('knocking', { startedBy: Opened, id: (e) => e.id }).call('knock', {
      call: Knock,
      with: ({ input }) => ({ id: input.id }),
      ...(undo as { readonly noUndo: string }),
    })
  const called = knocking({ undoCall: Calm, undoWith: () => ({ id: '' }) })
  const found = (knock: boolean, calm: boolean, by = called) =>
    findings(
      handle(Knock, async () => undefined, { outside: knock }),
      handle(Calm, async () => undefined, { outside: calm }),
      by,
    )
  assert.deepEqual(found(true, false), [
    'undo-inside service doors, saga knocking: The step knock reaches outside by Knock; its undo Calm would not be ' +
      'carried out where the step left no trace.',
  ])
  const fitting = [found(true, true), found(false, false), found(false, true)]
  assert.deepEqual([...fitting, found(true, false, knocking({ noUndo: 'it harms nobody' }))], [[], [], [], []])
})

test('an undo that only an aggregate decides about is none of what was begun outside', () => {
  const Knock = command('Knock', { id: t.string() })
  const knocking = saga('knocking', { startedBy: Opened, id: (e) => e.id }).call('knock', {
    call: Knock,
    with: ({ input }) => ({ id: input.id }),
    undoCall: Open,
    undoWith: ({ input }) => ({ id: input.id }),
  })
  const parts = [Door, handle(Knock, async () => undefined, { outside: true }), knocking]
  const [found, ...more] = sagaFindings(partsOf('shop', [service('doors', { parts })]))
  assert.deepEqual(
    [found?.code, found?.remedy, more],
    ['undo-inside', 'Let handle(Open, …) be { outside: true } too.', []],
  )
})
