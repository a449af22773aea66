import type { Json } from './wire.ts'
import type { Change } from './wire/events.ts'

const mostChanges = 200

/** What differs between two values, member by member; at most two hundred changes. */
export function changesBetween(before: Json | undefined, after: Json | undefined): readonly Change[] {
  const found: Change[] = []
  compare(before, after, '', found)
  return found
}

function compare(before: Json | undefined, after: Json | undefined, path: string, found: Change[]): void {
  if (found.length >= mostChanges || before === after) return
  if (isList(before) && isList(after)) {
    const longest = Math.max(before.length, after.length)
    for (let index = 0; index < longest; index++) compare(before[index], after[index], `${path}[${index}]`, found)
  } else if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      compare(member(before, name), member(after, name), path === '' ? name : `${path}.${name}`, found)
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    found.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) })
  }
}

function member(json: { readonly [name: string]: Json }, name: string): Json | undefined {
  return Object.hasOwn(json, name) ? json[name] : undefined
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}

function isObject(json: Json | undefined): json is { readonly [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
