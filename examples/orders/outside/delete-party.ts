import { setTimeout as sleep } from 'node:timers/promises'
import { request } from './find-party.ts'
import { deletePartyFile, readAddress } from './party-file.ts'

/** Ends the party that serves a file, if one does, and deletes all that it knows. */
export async function deleteParty(file: string): Promise<void> {
  const address = readAddress(file)
  if (address !== undefined) {
    await request(address, '/stop', { method: 'POST', signal: AbortSignal.timeout(patienceMs) }).catch(() => undefined)
  }
  const giveUp = performance.now() + patienceMs
  while (!deletePartyFile(file)) {
    if (performance.now() > giveUp) throw new Error(`${file} is served by a process that does not end.`)
    await sleep(pauseMs)
  }
}

const patienceMs = 5_000
const pauseMs = 10
