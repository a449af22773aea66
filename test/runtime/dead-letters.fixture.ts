import {
  aggregate,
  channel,
  command,
  event,
  projection,
  service,
  subscription,
  system,
  t,
  type AnyEvent,
  type EventEffects,
} from 'eventwright'

/** A parcel as it was first described. */
export const Packed = event('Packed', { parcel: t.string(), grams: t.int() })
/** The same event a release later. */
export const PackedNow = Packed.next({ parcel: t.string(), weight: t.string() }, ({ parcel, grams }) => ({
  parcel,
  weight: `${grams} g`,
}))

export const Pack = command('Pack', { parcel: t.string(), grams: t.int() })

/** Labels are written by another service, on command. */
export const Labelled = event('Labelled', { parcel: t.string(), text: t.string() })
export const Label = command('Label', { parcel: t.string(), text: t.string() })

type Called = (data: any, effects: EventEffects) => unknown

/** A depot that tells of its parcels on a channel; `called` handles what the service `post` gets of them. */
export function depotOf(
  called: Called,
  { packed = Packed as AnyEvent, onLabel = (_text: string): void => undefined } = {},
) {
  const Parcel = aggregate('Parcel', {
    events: [packed as never],
    commands: [Pack],
    id: (c: any) => c.parcel,
    initial: () => 0,
  })
    .evolve({ Packed: (n: number) => n + 1 } as never)
    .decide({
      Pack: (c: any) => (packed === Packed ? Packed(c) : PackedNow({ parcel: c.parcel, weight: `${c.grams} g` })),
    } as never)
  const Shelf = aggregate('Shelf', { events: [Labelled], commands: [Label], id: (c) => c.parcel, initial: () => 0 })
    .evolve({ Labelled: (n) => n + 1 })
    .decide({
      Label: (c) => {
        onLabel(c.text)
        return Labelled(c)
      },
    })
  const parcels = channel('parcels', { carries: [packed as typeof Packed], key: 'parcel' })
  const Post = subscription('post', { from: parcels, retry: { maxAttempts: 2, initial: '1ms' } }).on({
    Packed: called,
  } as never)
  return system('depot', {
    services: [
      service('depot', { parts: [Parcel], publishes: [parcels] }),
      service('post', { parts: [Post] }),
      service('shelf', { parts: [Shelf] }),
    ],
  })
}

/** A view and a subscription that read the log; what `poison` names makes both fail. */
export function bookOf(poison: (text: string) => boolean, handled: string[] = []) {
  const Parcel = aggregate('Parcel', { events: [Packed], commands: [Pack], id: (c) => c.parcel, initial: () => 0 })
    .evolve({ Packed: (n) => n + 1 })
    .decide({ Pack: (c) => Packed(c) })
  const Book = projection('book', {
    from: [Packed],
    key: (e) => e.parcel,
    row: { parcel: t.string(), grams: t.string() },
  }).on({
    Packed(row, e) {
      if (poison(`${e.parcel}${e.grams}`)) throw new Error(`cannot weigh ${e.grams}`)
      return { parcel: e.parcel, grams: `${row?.grams ?? ''}${e.grams},` }
    },
  })
  const Post = subscription('post', {
    from: [Packed],
    key: (e) => e.parcel,
    retry: { maxAttempts: 2, initial: '1ms' },
  }).on({
    Packed(e) {
      if (poison(`${e.parcel}${e.grams}`)) throw new Error(`cannot weigh ${e.grams}`)
      handled.push(`${e.parcel}${e.grams}`)
    },
  })
  return system('depot', { services: [service('depot', { parts: [Parcel, Book, Post] })] })
}

/** The depot once everything is mended. */
export const depot = depotOf(() => undefined)
