import { failure } from '../base/errors.ts'
import { describeValue } from '../base/json-value.ts'

/**
 * A frozen copy of a list of declarations; anything that is no list becomes an empty one, for composition to report.
 */
export function frozenList<T>(list: readonly T[] | undefined): readonly T[] {
  return Object.freeze(Array.isArray(list) ? ([...list] as T[]) : [])
}

/**
 * A frozen copy of a list of events or commands. Error: EW_DESIGN where something else is in it; mostly `undefined`
 * from modules that import each other in a circle.
 */
export function definitionList<D extends { readonly kind: string; readonly type: string }>(
  kind: D['kind'],
  list: readonly D[],
  where: string,
): readonly D[] {
  for (const [index, value] of frozenList<unknown>(list).entries()) {
    if (typeof value === 'function' && (value as { kind?: unknown }).kind === kind) continue
    const hint = value === undefined ? ' Do the modules that declare it import each other in a circle?' : ''
    throw failure(
      'EW_DESIGN',
      `${where}[${index}] is not ${kind === 'event' ? 'an' : 'a'} ${kind} definition but ${describeValue(value)}.${hint}`,
    )
  }
  return frozenList(list)
}

/**
 * A frozen copy of a table of handlers, without a prototype, so that a foreign name never finds an inherited member.
 */
export function frozenTable<T>(table: { readonly [name: string]: T } | undefined): { readonly [name: string]: T } {
  return Object.freeze(Object.assign(Object.create(null) as { [name: string]: T }, table))
}

/** A map that nobody can change once it is made. */
export class FrozenMap<K, V> extends Map<K, V> {
  constructor(entries: Iterable<readonly [K, V]>) {
    super()
    for (const [key, value] of entries) super.set(key, value)
    Object.freeze(this)
  }

  override set(): never {
    throw frozen()
  }
  override delete(): never {
    throw frozen()
  }
  override clear(): never {
    throw frozen()
  }
}

const frozen = (): TypeError => new TypeError('A declared system cannot be changed.')
