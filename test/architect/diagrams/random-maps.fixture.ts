import fc from 'fast-check'
import type { DesignMap, MapLink, MapPart, MapPartKind } from '../../../src/architect/diagrams/map-parts.ts'

/** More of what stands beside each other in the crowded part of a map. */
const kinds: readonly MapPartKind[] = [
  ...(['event', 'event', 'event', 'projection', 'projection', 'subscription', 'channel', 'process'] as const),
  ...(['command', 'command', 'aggregate', 'handler', 'saga'] as const),
]

/** Systems of any size and shape, also such as nobody would declare. */
export const anyMap: fc.Arbitrary<DesignMap> = fc
  .record({
    services: fc.integer({ min: 1, max: 5 }),
    parts: fc.array(
      fc.record({
        kind: fc.constantFrom(...kinds),
        service: fc.oneof(fc.constant(0), fc.nat(4)),
        name: fc.oneof(fc.string({ maxLength: 60, unit: 'grapheme' }), fc.stringMatching(/^[A-Z][a-z]{2,14}$/)),
      }),
      { minLength: 1, maxLength: 70, size: 'max' },
    ),
    links: fc.array(fc.tuple(fc.nat(999), fc.nat(999)), { maxLength: 160, size: 'max' }),
  })
  .map(({ services, parts: drawn, links }) => {
    const serviceOf = (at: number): string => `service-${at % services}`
    const parts = drawn.map(({ kind, service, name }, at): MapPart => {
      return { id: `${kind}:${at}${name}`, kind, name: `${at}${name}`, service: serviceOf(service) }
    })
    const pick = (among: readonly MapPart[], at: number): MapPart | undefined => among[at % Math.max(1, among.length)]
    return {
      system: 'any',
      services: Array.from({ length: services }, (_, at) => ({
        service: serviceOf(at),
        ...(at % 2 === 0 && { owner: `team-${'x'.repeat(at * 8)}` }),
      })),
      parts,
      links: onceHandled(links.flatMap(([one, other]) => linkFrom(parts, pick(parts, one), other))),
    }
  })

const nextKinds: Readonly<Partial<Record<MapPartKind, readonly MapPartKind[]>>> = {
  saga: ['command'],
  command: ['aggregate', 'handler'],
  aggregate: ['event'],
  event: ['channel', 'projection', 'subscription', 'saga', 'process'],
}

/** A command has one part that handles it. */
function onceHandled(links: readonly MapLink[]): readonly MapLink[] {
  const handled = new Set<string>()
  return links.filter(({ kind, from }) => kind !== 'handled by' || (!handled.has(from) && handled.add(from)))
}

function linkFrom(parts: readonly MapPart[], from: MapPart | undefined, at: number): readonly MapLink[] {
  if (from === undefined) return []
  // Who handles a command and who emits an event are of its service; readers and sagas may be of any.
  const isInside = from.kind === 'command' || from.kind === 'aggregate'
  const next = parts.filter(
    ({ kind, service }) => nextKinds[from.kind]?.includes(kind) && (!isInside || service === from.service),
  )
  const to = next[at % Math.max(1, next.length)]
  if (to === undefined) return []
  const over = parts.filter(({ kind }) => kind === 'channel')[at % 3]
  const kind = {
    saga: at % 2 === 0 ? 'sends' : 'undoes with',
    command: 'handled by',
    aggregate: 'emits',
    event: to.kind === 'channel' ? 'published on' : 'feeds',
  }[from.kind as 'saga'] as MapLink['kind']
  const isOver = kind === 'feeds' && over !== undefined && at % 2 === 0
  return [{ from: from.id, to: to.id, kind, ...(isOver && { over: over.name }) }]
}
