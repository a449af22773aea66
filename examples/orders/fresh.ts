import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { deleteParty } from './outside/delete-party.ts'
import { partyFile } from './outside/party-file.ts'
import { BadSetting } from './settings.ts'

/**
 * Deletes a store and what its outside parties know, so that the shop begins anew. Error: `BadSetting` for a file that is
 * no Eventwright store.
 */
export async function deleteStore(store: string): Promise<void> {
  if (store === ':memory:') return
  const exists = statSync(store, { throwIfNoEntry: false }) !== undefined
  if (exists && !isStore(store))
    throw new BadSetting(`${store} is not an Eventwright store, so --fresh does not delete it.`)
  for (const suffix of ['', '-wal', '-shm']) rmSync(store + suffix, { force: true })
  await Promise.all([deleteParty(partyFile('provider', store)), deleteParty(partyFile('mail', store))])
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
