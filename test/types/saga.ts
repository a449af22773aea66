// Rules of the compiler about sagas; every expected error must be one.
import { command, event, reject, saga, t } from 'eventwright'

const Placed = event('Placed', { orderId: t.string(), total: t.decimal(12, 2), sku: t.string() })
const Approved = event('Approved', { orderId: t.string(), by: t.string() })
const Reserve = command('Reserve', { sku: t.string(), size: t.enum('s', 'l') })
  .replies({ reservationId: t.string() })
  .refuses('out_of_stock', 'closed')
const Release = command('Release', { byKey: t.string(), reservationId: t.string().optional() })
const Charge = command('Charge', { amount: t.decimal(12, 2) })
  .replies({ paymentId: t.string() })
  .refuses('declined')
const Confirm = command('Confirm', { orderId: t.string() }).refuses('no_order')
const Cancel = command('Cancel', { orderId: t.string(), reason: t.string() })

const begin = () => saga('order', { startedBy: Placed, id: (e) => e.orderId, deadline: '1h', objectives: { staleness: '5s' } })

// @ts-expect-error a staleness is a duration
saga('x', { startedBy: Placed, id: (e) => e.orderId, objectives: { staleness: 'soon' } })

const reserved = begin().call('reserve', {
  call: Reserve,
  with: (s) => ({ sku: s.input.sku, size: 's' }),
  attemptTimeout: '5s',
  deadline: '1m',
  retry: { maxAttempts: 5, nonRetryable: ['out_of_stock'] },
  undoCall: Release,
  undoWith: (s) => ({
    byKey: s.sagaId,
    ...(s.of.status === 'done' ? { reservationId: s.of.output.reservationId } : {}),
  }),
})

// What compiles.
export const Order = reserved
  .step('quote', { do: (s) => ({ vat: s.input.total, of: s.steps.reserve.reservationId }), noUndo: 'read-only' })
  .local('note', { do: async (s) => (s.input.sku === '' ? reject('no_sku') : { noted: true }), undo: () => undefined })
  .waitFor('approval', {
    event: Approved,
    by: (e) => e.orderId,
    correlate: (s) => s.input.orderId,
    within: '24h',
    onTimeout: 'fail',
  })
  .pivotCall('charge', { call: Charge, with: (s) => ({ amount: s.steps.quote.vat }), deadline: '10s' })
  .finishCall('confirm', { call: Confirm, with: (s) => ({ orderId: s.input.orderId }), retry: { max: '1m' } })
  .finish('tell', {
    do: (s): { told: string; noted: true | boolean } => ({ told: s.steps.approval.by, noted: s.steps.note.noted }),
  })
  .failed((s, cause) => Cancel({ orderId: s.input.orderId, reason: s.steps.charge?.paymentId ?? cause.reason }))

const told: string = Order['~steps'].tell.told
const paid: { readonly paymentId: string } = Order['~steps'].charge
const startedBy: 'Placed' = Order['~startedBy']
void [told, paid, startedBy]

begin().pivot('decide', { do: async (_s, m) => m.key.length, attemptTimeout: '1s', retry: { maxAttempts: 3 } })
begin().pivotLocal('decide', { do: async (_s, { load }) => void load, deadline: '1s' })
begin().finishLocal('last', { do: (_s, { tx }) => tx.run('select 1') })
begin().step('read', { do: () => 1, undo: (s, m) => [s.of.status, m.attempt], undoRetry: { maxAttempts: 'forever' } })
begin()
  .waitFor('perhaps', { event: Approved, by: (e) => e.by, correlate: () => '', within: '1s', onTimeout: 'continue' })
  .step('then', { do: (s) => s.steps.perhaps?.by, noUndo: 'read-only' })

// @ts-expect-error a step before the pivot without undo
begin().step('a', { do: () => 1 })
// @ts-expect-error a call before the pivot without undo
begin().call('a', { call: Confirm, with: (s) => ({ orderId: s.input.orderId }) })
// @ts-expect-error a local step before the pivot without undo
begin().local('a', { do: () => 1 })
// @ts-expect-error undo and noUndo
begin().step('a', { do: () => 1, undo: () => undefined, noUndo: 'read-only' })
// @ts-expect-error undoCall without undoWith
begin().call('a', { call: Confirm, with: (s) => ({ orderId: s.input.orderId }), undoCall: Release })
const undone = { undoCall: Release, undoWith: () => ({ byKey: '' }), noUndo: 'read-only' } as const
// @ts-expect-error undoCall and noUndo
begin().call('a', { call: Confirm, with: (s) => ({ orderId: s.input.orderId }), ...undone })
// @ts-expect-error the output of a step that does not exist
begin().step('a', { do: (s) => s.steps.later, noUndo: 'read-only' })
begin()
  // @ts-expect-error the output of a later step
  .step('a', { do: (s) => s.steps.b, noUndo: 'x' })
  .step('b', { do: () => 1, noUndo: 'x' })
// @ts-expect-error the output of the step itself
begin().step('a', { do: (s) => s.steps.a, noUndo: 'read-only' })
// @ts-expect-error an undo that assumes the output
begin().step('a', { do: () => ({ id: 1 }), undo: (s) => s.of.output.id })
// @ts-expect-error an undo that takes unknown for done
begin().step('a', { do: () => ({ id: 1 }), undo: (s) => s.of.status !== 'failed' && s.of.output.id })
const small = { call: Reserve, with: () => ({ sku: '', size: 's' as const }), undoCall: Release }
// @ts-expect-error an undo command that assumes the output
begin().call('a', { ...small, undoWith: (s) => ({ byKey: '', reservationId: s.of.output.reservationId }) })
// @ts-expect-error the input of the command is wrong
begin().call('a', { call: Reserve, with: () => ({ sku: 1, size: 's' }), noUndo: 'read-only' })
// @ts-expect-error the input of the command lacks a field
begin().call('a', { call: Reserve, with: () => ({ sku: '' }), noUndo: 'read-only' })
begin().call('a', {
  call: Reserve,
  // @ts-expect-error a word that the command's enum does not have
  with: () => ({ sku: '', size: 'm' }),
  noUndo: 'read-only',
})
// @ts-expect-error an event in place of a command
begin().call('a', { call: Approved, with: () => ({ orderId: '', by: '' }), noUndo: 'read-only' })
// @ts-expect-error the same name twice
reserved.step('reserve', { do: () => 1, noUndo: 'read-only' })
// @ts-expect-error the same name after the pivot
reserved.finish('reserve', { do: () => 1 })
// @ts-expect-error the name of the command that records the failure
begin().step('failed', { do: () => 1, noUndo: 'read-only' })
const refusal = { nonRetryable: ['declined'] as const }
// @ts-expect-error a refusal that the command does not declare
begin().call('a', { call: Reserve, with: () => ({ sku: '', size: 's' }), noUndo: 'read-only', retry: refusal })
const decided = begin().pivot('p', { do: () => 1 })
const finished = begin().finish('f', { do: () => 1 })
// @ts-expect-error a step after the pivot
decided.step('a', { do: () => 1, noUndo: 'read-only' })
// @ts-expect-error a call after the pivot
finished.call('a', { call: Confirm, with: () => ({ orderId: '' }), noUndo: 'read-only' })
// @ts-expect-error a local step after the pivot
begin().pivotLocal('p', { do: () => 1 }).local
// @ts-expect-error a second pivot
decided.pivot('q', { do: () => 1 })
// @ts-expect-error a second pivot by a command
decided.pivotCall('q', { call: Confirm, with: () => ({ orderId: '' }) })
// @ts-expect-error a deadline of a pivot that runs here
begin().pivot('p', { do: () => 1, deadline: '1s' })
// @ts-expect-error a deadline after the pivot
begin().finish('f', { do: () => 1, deadline: '1s' })
// @ts-expect-error a number of attempts after the pivot
begin().finish('f', { do: () => 1, retry: { maxAttempts: 3 } })
// @ts-expect-error undo after the pivot
begin().finish('f', { do: () => 1, undo: () => undefined })
const approval = { event: Approved, by: (e: { by: string }) => e.by, correlate: () => '', within: '1s' } as const
// @ts-expect-error a wait after the pivot that fails
decided.waitFor('w', { ...approval, onTimeout: 'fail' })
// @ts-expect-error a wait without an end
begin().waitFor('w', { event: Approved, by: (e) => e.by, correlate: () => '', onTimeout: 'fail' })
// @ts-expect-error a wait by a field that the event does not have
begin().waitFor('w', { event: Approved, by: (e) => e.sku, correlate: () => '', within: '1s', onTimeout: 'fail' })
const perhaps = begin().waitFor('w', { ...approval, onTimeout: 'continue' })
// @ts-expect-error the event may not have come
perhaps.step('a', { do: (s) => s.steps.w.by, noUndo: 'read-only' })
// @ts-expect-error failed assumes that a step has happened
reserved.failed((s) => Cancel({ orderId: s.steps.reserve.reservationId, reason: '' }))
// @ts-expect-error failed answers an event
reserved.failed((s) => Approved({ orderId: s.input.orderId, by: '' }))
// @ts-expect-error nothing comes after failed
reserved.failed((s) => Cancel({ orderId: s.input.orderId, reason: '' })).step('a', { do: () => 1, noUndo: 'x' })
// @ts-expect-error started by a command
saga('x', { startedBy: Cancel, id: (e) => e.orderId })
// @ts-expect-error an id of a field that the event does not have
saga('x', { startedBy: Placed, id: (e) => e.nope })
// @ts-expect-error a duration that is none
saga('x', { startedBy: Placed, id: (e) => e.orderId, deadline: '1 hour' })
