import { fingerprint } from '../base/fingerprint.ts'
import { canonicalJson } from '../base/json.ts'
import type { AnyEvent } from './definition.ts'

/** A hash of declared parts. It decides whether stored views and folds are still the ones declared. */
export function hashOf(parts: unknown): string {
  return fingerprint(canonicalJson(parts))
}

/** The events that something is made from, by name, each with the hashes of all its schema versions. */
export function sourcesOf(events: readonly AnyEvent[]): readonly (readonly string[])[] {
  return events
    .map(({ type, versions }) => [type, ...versions.map(({ schemaHash }) => schemaHash)])
    .sort((a, b) => (a[0]! < b[0]! ? -1 : 1))
}
