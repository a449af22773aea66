// `npm run example:processes [-- --speed N] [--fresh]`: every service of the shop as a process of its own on one store,
// and in front of them the HTTP interface at PORT.
import { brokerFrom } from './broker-place.ts'
import { runCommand } from './command-line.ts'
import { usageOf } from './opening.ts'
import { runProcesses } from './processes/run.ts'
import { BadSetting } from './settings.ts'
import { serviceNames } from './shop/system.ts'
import { storeFrom } from './store-place.ts'
import { viewsFrom } from './views-place.ts'

await runCommand(async () => {
  const [store, broker, views] = [storeFrom(process.env), brokerFrom(process.env), viewsFrom(process.env)]
  if (store === ':memory:') throw new BadSetting('EVENTWRIGHT_STORE is :memory:, which processes cannot share.')
  await runProcesses(
    serviceNames.map((name) => ({ services: [name], store, broker, views })),
    store,
  )
}, usageOf('npm run example:processes'))
