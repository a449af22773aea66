import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { deleteParty } from '../../../examples/orders/outside/delete-party.ts'

const users: { readonly store: string; readonly end: () => Promise<unknown> }[] = []

/**
 * A folder for stores, gone after the tests of the file, or after a test that is given. Before that, all who use a
 * store in it are ended, and then the outside parties, which outlive their shops: an open shop would start them again.
 */
export function folderOfStores(scope: { after(end: () => Promise<void>): void } = { after }): string {
  const folder = mkdtempSync(join(tmpdir(), 'eventwright-orders-'))
  scope.after(async () => {
    await Promise.all(users.filter(({ store }) => store.startsWith(folder)).map(({ end }) => end()))
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => isParty.test(name))
    await Promise.all(files.map((name) => deleteParty(join(folder, name))))
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Tells how to end something that uses a store, so that it is ended before the folder of the store goes. */
export function usesStore(store: string, end: () => Promise<unknown>): void {
  users.push({ store, end })
}

const isParty = /\.(provider|mail)\.db$/
