import type { StoreAdapter } from 'eventwright/ports'

/** A store that says when an instance of a saga has ended. */
export interface WatchedStore {
  readonly adapter: StoreAdapter
  /** Resolves when the commit is answered that closes the instance; ask before it begins. */
  ended(id: string): Promise<void>
}

/** A store that is watched: one look at what each commit has written. */
export function watchedStore(inner: StoreAdapter): WatchedStore {
  const waiting = new Map<string, () => void>()
  const adapter: StoreAdapter = {
    ...inner,
    async open(options) {
      const store = await inner.open(options)
      return {
        ...store,
        async commit(units) {
          const outcomes = await store.commit(units)
          units.forEach(({ sagas = [] }, index) => {
            if (!outcomes[index]!.ok) return
            for (const { id, status, closed } of sagas) {
              if (!closed) continue
              if (status !== 'completed') throw new Error(`${id} ended ${status}.`)
              waiting.get(id)?.()
              waiting.delete(id)
            }
          })
          return outcomes
        },
      }
    },
  }
  return { adapter, ended: (id) => new Promise((resolve) => waiting.set(id, resolve)) }
}
