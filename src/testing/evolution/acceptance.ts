import { cut, messageOf, type StoredSample, type VersionSamples } from './stored-samples.ts'
import type { Met, Reader } from './reader.ts'

/** The samples of every event by type, oldest version first. */
export type SamplesByType = ReadonlyMap<string, readonly VersionSamples[]>

const maxPlaces = 40
const maxLength = 3

/**
 * What a reader makes of old events. It is asked at several places of possible histories: where it accepts whatever
 * today's version of an event may hold, it must accept everything that older versions become; and an older version that
 * is accepted nowhere could never be read. Values that today's version would be refused for as well prove nothing.
 */
export function refusedBy(
  reader: Reader,
  samples: SamplesByType,
  starts: readonly (readonly Met[])[],
): readonly string[] {
  const places = reachable(reader, samples, starts)
  return reader.events.flatMap((event) => {
    const versions = samples.get(event.type) ?? []
    const today = versions.at(-1)?.samples ?? []
    const sound = places.filter(
      (place) => today.length > 0 && today.every((each) => refusal(reader, place, each) === undefined),
    )
    return versions.slice(0, -1).flatMap(({ schemaVersion, samples: old }) => {
      if (old.length === 0) return []
      const found = sound.length > 0 ? firstRefusal(reader, sound, old) : refusedEverywhere(reader, places, old)
      return found === undefined ? [] : [`${reader.name}, ${event.type} of version ${schemaVersion}: ${found}`]
    })
  })
}

function firstRefusal(
  reader: Reader,
  places: readonly (readonly Met[])[],
  old: readonly StoredSample[],
): string | undefined {
  for (const place of places) {
    for (const each of old) {
      const why = refusal(reader, place, each)
      if (why !== undefined) return told(why, place, each)
    }
  }
  return undefined
}

function refusedEverywhere(
  reader: Reader,
  places: readonly (readonly Met[])[],
  old: readonly StoredSample[],
): string | undefined {
  let last: string | undefined
  for (const place of places) {
    for (const each of old) {
      const why = refusal(reader, place, each)
      if (why === undefined) return undefined
      last ??= told(why, place, each)
    }
  }
  return last
}

function told(why: string, place: readonly Met[], { stored, data }: StoredSample): string {
  const before = place.length === 0 ? 'as the first event' : `after ${place.map(({ type }) => type).join(', ')}`
  return `${before} it is refused. ${why} Stored data: ${cut(stored)} Today: ${cut(shown(data))}`
}

function shown(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}

function refusal(reader: Reader, place: readonly Met[], met: Met): string | undefined {
  try {
    reader.fold([...place, met])
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** Histories that the reader accepts: the given ones and what grows from them by samples of today's versions. */
function reachable(
  reader: Reader,
  samples: SamplesByType,
  starts: readonly (readonly Met[])[],
): readonly (readonly Met[])[] {
  const places: (readonly Met[])[] = [[], ...starts]
  for (const place of places) {
    if (place.length >= maxLength) continue
    for (const { type } of reader.events) {
      const today = samples.get(type)?.at(-1)?.samples ?? []
      const next = today.find((each) => refusal(reader, place, each) === undefined)
      if (next === undefined) continue
      if (places.length >= maxPlaces) return places
      places.push([...place, next])
    }
  }
  return places
}
