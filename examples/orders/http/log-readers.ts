import type { Shop } from '../open.ts'

/** What reads the log, how far it has come and whether it goes on. */
export interface LogReader {
  readonly name: string
  readonly kind: string
  readonly position: number
  readonly lag: number
  readonly parkedKeys: number
  readonly state: string
}

const order = ['view', 'subscription']

/** The views of the shop, then its subscriptions; of a rebuilt view each generation. */
export async function logReaders(shop: Shop): Promise<readonly LogReader[]> {
  const readers = (await shop.inspect.consumers()).map(
    ({ name: full, position, lag, parkedKeys, state = 'elsewhere' }) => {
      const [, kind = 'reader', name = full, generation = '1'] = /^(?:.*?\/)?(\w+):(.+?)(?:#(\d+))?$/.exec(full) ?? []
      return { name: generation === '1' ? name : `${name} #${generation}`, kind, position, lag, parkedKeys, state }
    },
  )
  return readers
    .filter(({ kind }) => order.includes(kind))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1))
}
