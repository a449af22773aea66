// `node run.ts provider|mail FILE IDLE_MS`: one outside party, a process of its own that knows nothing of the shop.
import { mailRoutes, mailTables } from './mail.ts'
import { AlreadyServed, openPartyFile, writeAddress, type PartyKind } from '../party-file.ts'
import { providerRoutes, providerTables } from './provider.ts'
import { serveParty } from './serve.ts'

const parties = {
  provider: { tables: providerTables, routes: providerRoutes },
  mail: { tables: mailTables, routes: mailRoutes },
}

const [kind, file, idleMs] = process.argv.slice(2) as [PartyKind, string, string]
// The token in the file is for this user alone.
process.umask(0o077)
try {
  const database = openPartyFile(kind, file, parties[kind].tables)
  const { address, ended } = await serveParty(kind, parties[kind].routes(database), Number(idleMs))
  writeAddress(database, address)
  await ended
  database.close()
  process.exit()
} catch (error) {
  if (!(error instanceof AlreadyServed)) {
    console.error(`The ${kind} cannot serve ${file}: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  }
}
