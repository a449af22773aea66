// A saga asks one service after the other; what is refused, or never answered, turns it back, newest step first.
import { command, event, saga, t } from 'eventwright'
import { sagaSpec } from 'eventwright/testing'

const Ordered = event('Ordered', { orderId: t.string(), sku: t.string() })
const Reserve = command('Reserve', { sku: t.string() }).replies({ shelf: t.string() }).refuses('out_of_stock')
const Release = command('Release', { shelf: t.string().optional() })
const Charge = command('Charge', { orderId: t.string() }).refuses('declined')
const Refund = command('Refund', { orderId: t.string(), sure: t.boolean() })
const Confirm = command('Confirm', { orderId: t.string() })
const Cancel = command('Cancel', { orderId: t.string(), reason: t.string() })

const Ordering = saga('ordering', { startedBy: Ordered, id: (e) => e.orderId, deadline: '1h' })
  .call('reserve', {
    call: Reserve,
    with: (s) => ({ sku: s.input.sku }),
    // The undo is registered before the step is asked for, so it has to bear an outcome that nobody knows.
    undoCall: Release,
    undoWith: (s) => (s.of.status === 'done' ? { shelf: s.of.output.shelf } : {}),
  })
  .call('charge', {
    call: Charge,
    with: (s) => ({ orderId: s.input.orderId }),
    attemptTimeout: '5s',
    retry: { maxAttempts: 2, initial: '1s' },
    undoCall: Refund,
    undoWith: (s) => ({ orderId: s.input.orderId, sure: s.of.status === 'done' }),
  })
  .pivotCall('confirm', { call: Confirm, with: (s) => ({ orderId: s.input.orderId }) })
  .failed((s, cause) => Cancel({ orderId: s.input.orderId, reason: cause.reason }))

// The spec plays the participants: no store, no broker, and time passes when it says so.
const reserved = sagaSpec(Ordering)
  .start(Ordered({ orderId: '7', sku: 'tea' }))
  .reply('reserve', { shelf: 'A3' })

console.log('-- everybody agrees')
console.log(reserved.reply('charge').reply('confirm').timeline)
console.log('-- the charge is never answered: it may have happened, so it is undone too')
const lost = reserved.timeout('charge').advance().timeout('charge')
console.log(lost.undone('charge').undone('reserve').recorded().timeline)
