// A message that failed for good is a dead letter: it says why, it can be edited or discarded, and what waits behind it
// then goes on in order.
import { aggregate, channel, command, event, memory, service } from 'eventwright'
import { start, subscription, system, systemClock, t } from 'eventwright'

const Ordered = event('Ordered', { shop: t.string(), cups: t.int() })
const Order = command('Order', { shop: t.string(), cups: t.int() })

const Shop = aggregate('Shop', { events: [Ordered], commands: [Order], id: (c) => c.shop, initial: () => null })
  .evolve({ Ordered: () => null })
  .decide({ Order: (c) => Ordered(c) })

const orders = channel('orders', { carries: [Ordered], key: 'shop' })

const Pack = subscription('pack', { from: orders, retry: { maxAttempts: 2, initial: '1ms' } }).on({
  Ordered({ shop, cups }) {
    if (cups < 1) throw new RangeError(`nobody can pack ${cups} cups`)
    console.log('packed', cups, 'cups for', shop)
  },
})

const pottery = system('pottery', {
  services: [
    service('sales', { parts: [Shop], publishes: [orders], owner: 'team-sales' }),
    service('depot', { parts: [Pack], owner: 'team-depot' }),
  ],
})
const running = await start(pottery, { store: memory() })
const { list, get, actions } = running.inspect.deadLetters
const { edit, discard, replay } = running.operate.deadLetters
const packing = 'depot/subscription:pack'
const flows = async (shop: string): Promise<void> => {
  while ((await get(packing, shop)) !== undefined) await systemClock.sleep(5)
}

for (const cups of [-6, 2]) for (const shop of ['bath', 'york']) await running.execute(Order({ shop, cups }))
await running.caughtUp()
for (const { key, type, code, message, behind } of await list({ consumer: packing, limit: 10 }))
  console.log(`${key}: ${type} failed by ${code}: ${message}; ${behind} behind it`)
console.log('tried', (await get(packing, 'bath'))?.history.length, 'times')

await edit(packing, 'bath', { shop: 'bath', cups: 6 }, { who: 'ada', why: 'the sign was wrong' })
await replay(packing, 'bath')
await flows('bath')
await discard(packing, 'york', { who: 'ada', why: 'nobody wants these' })
await flows('york')
for (const { kind, key, who, why } of await actions({ limit: 10 })) console.log(`${key}: ${kind} by ${who}: ${why}`)
await running.stop()
