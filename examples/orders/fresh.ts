import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { BadSetting } from './settings.ts'

/** Deletes a store, so that the shop begins anew. Error: `BadSetting` for a file that is no Eventwright store. */
export function deleteStore(store: string): void {
  if (store === ':memory:' || statSync(store, { throwIfNoEntry: false }) === undefined) return
  if (!isStore(store)) throw new BadSetting(`${store} is not an Eventwright store, so --fresh does not delete it.`)
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
