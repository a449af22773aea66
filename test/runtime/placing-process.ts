import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { patience } from '../fixtures/patience.ts'
import { PlaceOrder, shop } from './orders.fixture.ts'
import { until } from './running.fixture.ts'

// Does in turn what it is told, on a store file: `rebuild` builds the orders anew, until nobody feeds the rows from
// before; any other word is an order to place. Then it waits for the views, says `ready` and stays until its input ends.
const [file, ...tasks] = process.argv.slice(2) as [string, ...string[]]
const running = await start(shop, { store: sqlite(file) })
for (const task of tasks) {
  if (task !== 'rebuild') {
    await running.execute(PlaceOrder({ orderId: task, customer: 'x', total: '1' }))
    continue
  }
  const generation = await running.operate.rebuild('orders')
  const isInUse = async (): Promise<boolean> =>
    (await running.inspect.views()).some((each) => each.generation === generation && each.state === 'active') &&
    (await running.inspect.consumers()).every(
      ({ name, owners, state }) =>
        !name.endsWith(`view:orders#${generation - 1}`) || (owners.length === 0 && state === undefined),
    )
  await until('every process has turned to the rebuilt view', isInUse)
}
await running.caughtUp(patience)
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('end', resolve).resume())
await running.stop()
