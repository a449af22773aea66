import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, channel, command, event, projection, service, t, type AnyChannel, type AnyPart } from 'eventwright'
import { feedFindings } from '../../../src/design/composition/feeds.ts'
import { partsOf } from '../../../src/design/composition/parts.ts'

const fields = { id: t.string(), kind: t.enum('a', 'b'), lines: t.array(t.string()) }
const [Placed, Paid, Packed] = [event('Placed', fields), event('Paid', fields), event('Packed', fields)]

function emitting<const N extends string, E extends typeof Placed | typeof Paid | typeof Packed>(name: N, events: E[]) {
  const made = command(`Make${name}`, fields)
  return aggregate(name, { events, commands: [made], id: (c) => c.id, initial: () => 0 })
    .evolve(Object.fromEntries(events.map(({ type }) => [type, () => 1])) as never)
    .decide({ [made.type]: () => [] } as never) as unknown as AnyPart
}

const [Order, Parcel] = [emitting('Order', [Placed, Paid] as never), emitting('Parcel', [Packed])]
const both = channel('both', { carries: [Placed, Paid], key: 'id' })
const everything = channel('everything', { carries: [Placed, Paid, Packed], key: 'id' })
const byKind = channel('byKind', { carries: [Placed, Paid], key: 'kind' })

type Data = { readonly id: string; readonly kind: string; readonly lines: readonly string[] }

interface Choice {
  readonly from?: readonly (typeof Placed | typeof Paid | typeof Packed)[]
  readonly key?: (data: Data, meta: { readonly stream: string }) => string | readonly string[]
  readonly mode?: 'async' | 'inline' | 'live'
}

const view = ({ from = [Placed, Paid], key = (e) => e.id, mode = 'async' }: Choice = {}) =>
  projection('seen', { from, key, row: { id: t.string() }, mode } as never).on({} as never) as unknown as AnyPart

/** What is found about a view in a service of its own. */
function found(part: AnyPart, publishes: readonly AnyChannel[] = [both], ...own: readonly AnyPart[]) {
  const services = [
    service('orders', {
      parts: [Order],
      publishes: publishes.filter((each) => each !== everything || own.length === 0),
    }),
    service('parcels', { parts: [...own, part], publishes: publishes.filter((each) => each === everything) }),
  ]
  return feedFindings(partsOf('shop', services)).map(({ code, what }) => `${code}: ${what}`)
}

test('a view of events that one channel of another service brings is taken', () => {
  assert.deepEqual(found(view()), [])
  assert.deepEqual(found(view({ key: (e) => [`${e.id}/1`, `${e.id}/2`] })), [])
  assert.deepEqual(found(view({ key: (e) => `${e.kind}:${e.id}` }), [byKind]), [])
})

test('a row that belongs to several keys of the channel is found, since two partitions would write it', () => {
  for (const key of [() => 'all', (e: Data) => e.kind, (e: Data) => [e.id, 'all']])
    assert.match(found(view({ key })).join(), /^view-of-other-service: Events Placed with different id, the key of the/)
  assert.match(found(view(), [byKind]).join(), /different kind/)
})

test('a key that cannot be told from data alone is believed', () => {
  assert.deepEqual(found(view({ key: (_, meta) => meta.stream.slice(6) })), [])
  const failing = (): string => {
    throw new Error('it is not made for samples')
  }
  assert.deepEqual(found(view({ key: failing })), [])
})

test('a view of another mode is found: its rows would have to commit there, or be made anew by each process', () => {
  for (const mode of ['inline', 'live'] as const)
    assert.deepEqual(found(view({ mode })), [
      `view-of-other-service: Its mode is ${mode}, and Placed is of another service.`,
    ])
})

test('a view of several sources is found, since nothing orders them', () => {
  assert.match(found(view({ from: [Placed, Packed] }), [both], Parcel).join(), /It reads log and both, whose events/)
  const mixed = feedFindings(
    partsOf('shop', [
      service('orders', { parts: [Order], publishes: [everything] }),
      service('parcels', { parts: [Parcel], publishes: [everything] }),
      service('others', { parts: [view({ from: [Placed, Packed] })] }),
    ]),
  )
  assert.deepEqual(
    mixed.map(({ code, where }) => `${code} ${where}`),
    ['view-of-other-service service others, projection seen'],
  )
})
