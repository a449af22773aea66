import type { Store } from '../../../src/ports/store.ts'

/** Something that may be at work. */
export type AtWork = () => boolean

const known = new WeakMap<object, Set<AtWork>>()

/** Has a clock asked before it is moved on. Returns what ends that. */
export function heedWork(clock: object, each: AtWork): () => void {
  const all = known.get(clock) ?? new Set()
  known.set(clock, all.add(each))
  return () => void all.delete(each)
}

/** Whether anything of what lives by a clock is at work: time that passes meanwhile would count as its delay. */
export function isAtWork(clock: object): boolean {
  return [...(known.get(clock) ?? [])].some((each) => each())
}

/** A store whose calls are work while they last. */
export function storeAtWork(clock: object, store: Store): Store {
  let calls = 0
  heedWork(clock, () => calls > 0)
  const counted = (call: (...args: unknown[]) => unknown, of: object) =>
    function (...args: unknown[]): unknown {
      const result = Reflect.apply(call, of, args)
      if (!(result instanceof Promise)) return result
      calls++
      return result.finally(() => void calls--)
    }
  const seen = <T extends object>(of: T): T =>
    new Proxy(of, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value === 'function') return counted(value as never, target)
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? seen(value) : value
      },
    })
  return seen(store)
}
