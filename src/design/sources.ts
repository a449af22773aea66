/** What consumers call the sources that are the store itself; no channel may be called so. */
export const storeSources = {
  log: 'log',
  outbox: 'outbox',
  mail: 'mail',
  timers: 'timers',
  /** Times, and no feed that anybody lags behind. */
  housekeeping: 'housekeeping',
} as const

const names: ReadonlySet<string> = new Set(Object.values(storeSources))

/** Whether a source is the store itself and no channel. */
export function isStoreSource(source: string): boolean {
  return names.has(source)
}
