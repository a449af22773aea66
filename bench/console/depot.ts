import { aggregate, channel, command, event, projection, saga, service, subscription, system, t } from 'eventwright'

const parcel = { parcelId: t.string(), place: t.string(), grams: t.int(), note: t.string() }

/** Begins every stream. */
export const Packed = event('Packed', parcel)
/** What most events are. */
export const Moved = event('Moved', parcel)
/** Ends streams that become a dead letter: nobody can handle it. */
export const Lost = event('Lost', parcel)
/** Begins streams that start a saga. */
export const Insured = event('Insured', parcel)
/** The last event of a watch. */
export const Rang = event('Rang', parcel)
const Pack = command('Pack', parcel)
const Insure = command('Insure', { parcelId: t.string() })

/** Stream `Parcel/<parcelId>`. */
export const Parcel = aggregate('Parcel', {
  events: [Packed, Moved, Lost, Insured, Rang],
  commands: [Pack, Insure],
  id: (c) => c.parcelId,
  initial: () => ({ place: '', moves: 0 }),
})
  .evolve({
    Packed: (_, { place }) => ({ place, moves: 0 }),
    Moved: ({ moves }, { place }) => ({ place, moves: moves + 1 }),
    Lost: (state) => state,
    Insured: (_, { place }) => ({ place, moves: 0 }),
    Rang: (state) => state,
  })
  .decide({ Pack: (c) => Packed(c), Insure: () => [] })

const parcels = projection('parcels', {
  from: [Packed, Insured],
  key: (e) => e.parcelId,
  row: { parcelId: t.string(), place: t.string(), grams: t.int() },
  index: ['place'],
})
const row = (_: unknown, { parcelId, place, grams }: { parcelId: string; place: string; grams: number }) => {
  return { parcelId, place, grams }
}

const search = subscription('search-for-lost', { from: [Lost], retry: { maxAttempts: 1 }, concurrency: 64 }).on({
  Lost({ parcelId }) {
    throw new Error(`Nobody knows where the parcel ${parcelId} is.`)
  },
})

const insurance = saga('insurance', { startedBy: Insured, id: ({ parcelId }) => parcelId })
  .local('note', { do: () => ({ noted: true }), noUndo: 'nothing was paid' })
  .pivotCall('insure', { call: Insure, with: ({ input: { parcelId } }) => ({ parcelId }) })

const losses = channel('losses', { carries: [Lost], key: 'parcelId' })
const mails = subscription('mails', { from: losses }).on({ Lost: () => undefined })

/** The consumer whose keys are parked. */
export const lostConsumer = 'depot/subscription:search-for-lost'

/** A depot with everything that the console shows: a view, a saga, a channel, and parcels that are lost for good. */
export const depot = system('depot', {
  services: [
    service('depot', {
      parts: [Parcel, parcels.on({ Packed: row, Insured: row }), search, insurance],
      publishes: [losses],
    }),
    service('post', { parts: [mails] }),
  ],
})

/** What an event says: about 250 bytes of JSON. */
export function dataOf(parcelId: string, number: number): Parameters<typeof Moved>[0] {
  const note = 'Handle with care, and keep it dry; the sender asks for a signature at the door.'
  return { parcelId, place: `place-${number % 40}`, grams: 100 + (number % 9_000), note: `${note} ${number}` }
}

/** The parcel with that number. */
export function parcelNamed(number: number): string {
  return `parcel-${String(number).padStart(8, '0')}`
}
