// `npm run example:kafka` and `npm run example:rabbitmq [-- --speed N] [--fresh]`: the shop as four processes that share
// nothing but a broker. Each has a store of its own, a schema of the PostgreSQL database or a SQLite file; in front of
// them stands the HTTP interface at PORT.
import { brokerOfKind } from './broker-place.ts'
import { runCommand, WrongUse } from './command-line.ts'
import { usageOf } from './opening.ts'
import { runProcesses } from './processes/run.ts'
import { BadSetting } from './settings.ts'
import type { ServiceName } from './shop/system.ts'
import { partOf, storeFrom } from './store-place.ts'
import { viewsFrom, viewsPartOf } from './views-place.ts'

const groups: readonly (readonly ServiceName[])[] = [
  ['orders'],
  ['inventory'],
  ['payments'],
  ['analytics', 'shipping', 'notifications'],
]

const kind = process.argv.splice(2, 1)[0]

await runCommand(
  async () => {
    if (kind !== 'kafka' && kind !== 'rabbitmq') throw new WrongUse('The first argument is kafka or rabbitmq.')
    const [broker, store] = [brokerOfKind(kind, process.env), storeFrom(process.env)]
    const views = viewsFrom(process.env)
    if (store === ':memory:') throw new BadSetting('EVENTWRIGHT_STORE is :memory:, which ends with its process.')
    await runProcesses(
      groups.map((services) => {
        const part = services[0]!
        return { services, store: partOf(store, part), broker, views: viewsPartOf(views, part) }
      }),
      store,
    )
  },
  usageOf(`npm run example:${kind}`),
)
