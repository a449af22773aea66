import { request } from '../../../examples/orders/outside/find-party.ts'
import { openParty, type Open, type Parties } from '../../../examples/orders/outside/party.ts'
import { partyFile, readAddress, type PartyKind } from '../../../examples/orders/outside/party-file.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { usesStore } from './store-folder.ts'

/** Opens a party of a store in a folder of stores. */
export async function openForTest<Kind extends PartyKind>(kind: Kind, store: string): Promise<Open<Parties[Kind]>> {
  const party = await openParty(kind, store)
  usesStore(store, () => party.close())
  return party
}

/** Asks the party of a store over HTTP, without the client. */
export async function askParty(
  kind: PartyKind,
  store: string,
  path: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly body: any }> {
  const response = await request(readAddress(partyFile(kind, store))!, path, init)
  return { status: response.status, body: await response.json() }
}

/** The process that serves a store. */
export async function pidOf(kind: PartyKind, store: string): Promise<number> {
  return (await askParty(kind, store, '/healthz')).body.pid
}

/** Kills the party of a store without warning, as soon as it lives. */
export async function killParty(kind: PartyKind, store: string): Promise<void> {
  await until('a living party', async () => {
    const pid = await pidOf(kind, store).catch(() => undefined)
    return pid !== undefined && process.kill(pid, 'SIGKILL')
  })
}

/** Waits until something is so, as long as a test waits. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + patienceMs
  while (!(await isSo())) {
    if (performance.now() > giveUp) throw new Error(`${what} did not happen`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
