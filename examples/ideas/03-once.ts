// A command with an idempotency key happens once, however often it is sent; the first answer is given again.
import { aggregate, command, event, isEventwrightError, memory, reply, service, start, system, t } from 'eventwright'

const Sold = event('Sold', { show: t.string(), seat: t.int() })
const Buy = command('Buy', { show: t.string() }).replies({ seat: t.int() })

const Show = aggregate('Show', { events: [Sold], commands: [Buy], id: (c) => c.show, initial: () => 0 })
  .evolve({ Sold: (sold) => sold + 1 })
  .decide({ Buy: (c, sold) => reply({ seat: sold + 1 }, Sold({ show: c.show, seat: sold + 1 })) })

const theatre = system('theatre', { services: [service('tickets', { parts: [Show], owner: 'team-tickets' })] })
const running = await start(theatre, { store: memory() })

for (const idempotencyKey of ['order-1', 'order-2', 'order-1']) {
  const { reply, repeated } = await running.execute(Buy({ show: 'Hamlet' }), { idempotencyKey })
  console.log(`${idempotencyKey}: seat ${reply.seat}${repeated ? ', the first answer again' : ''}`)
}

try {
  await running.execute(Buy({ show: 'Macbeth' }), { idempotencyKey: 'order-1' })
} catch (error) {
  if (isEventwrightError(error)) console.log(error.code)
}
await running.stop()
