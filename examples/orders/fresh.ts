import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { dropPostgres } from 'eventwright/postgres'
import { deleteParty } from './outside/delete-party.ts'
import { partyFile } from './outside/party-file.ts'
import { BadSetting } from './settings.ts'
import { partiesOf, type StorePlace } from './store-place.ts'

/**
 * Deletes a store and what its outside parties know, so that the shop begins anew. Errors: `BadSetting` for a file that
 * is no Eventwright store, EW_CONFIG for a schema that is none or holds tables of others.
 */
export async function deleteStore(place: StorePlace): Promise<void> {
  if (place === ':memory:') return
  if (typeof place === 'string') deleteFile(place)
  else await dropPostgres(place.url, { schema: place.schema })
  const beside = partiesOf(place)
  await Promise.all([deleteParty(partyFile('provider', beside)), deleteParty(partyFile('mail', beside))])
}

function deleteFile(store: string): void {
  const exists = statSync(store, { throwIfNoEntry: false }) !== undefined
  if (exists && !isStore(store))
    throw new BadSetting(`${store} is not an Eventwright store, so --fresh does not delete it.`)
  for (const suffix of ['', '-wal', '-shm']) rmSync(store + suffix, { force: true })
}

/** Every store has `EWST` at byte 68 of its header. */
function isStore(file: string): boolean {
  const header = Buffer.alloc(72)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, header, 0, header.length, 0)
  } finally {
    closeSync(descriptor)
  }
  return header.toString('latin1', 68) === 'EWST'
}
