import { memory, start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { PlaceOrder, shop } from './orders.fixture.ts'

// Opens all that can be open, stops, and must then end by itself: no process.exit, no signal.
process.on('unhandledRejection', (error) => {
  process.stdout.write(`unhandled: ${String(error)}\n`)
  process.exitCode = 1
})
for (const store of [memory(), sqlite(process.argv[2]!)]) {
  const open = await start(shop, { store })
  const following = [open.views.orders.watch(), open.views.ordersLive.watch(), open.events.tail()].map(
    async (items) => {
      for await (const _ of items) continue
    },
  )
  for (let i = 0; i < 20; i++) await open.execute(PlaceOrder({ orderId: `o${i}`, customer: 'x', total: '1' }))
  await open.operate.rebuild('orders')
  void open.caughtUp().catch(() => undefined)
  await open.stop()
  await Promise.all(following)
}
process.stdout.write('stopped\n')
