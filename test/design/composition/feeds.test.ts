import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, channel, command, event, process, projection, saga, service, subscription, t } from 'eventwright'
import type { AnyChannel, AnyPart, AnyService } from 'eventwright'
import { feedFindings, feedsOf } from '../../../src/design/composition/feeds.ts'
import { partsOf } from '../../../src/design/composition/parts.ts'

const fields = { id: t.string() }
const [Placed, Paid, Packed] = [event('Placed', fields), event('Paid', fields), event('Packed', fields)]
const [Place, Pack] = [command('Place', fields), command('Pack', fields)]
const id = (message: { readonly id: string }): string => message.id

const Order = aggregate('Order', { events: [Placed, Paid], commands: [Place], id, initial: () => 0 })
  .evolve({ Placed: () => 1, Paid: () => 2 })
  .decide({ Place: (c) => Placed(c) })
const Parcel = aggregate('Parcel', { events: [Packed], commands: [Pack], id, initial: () => 0 })
  .evolve({ Packed: () => 1 })
  .decide({ Pack: (c) => Packed(c) })

const placed = channel('placed', { carries: [Placed], key: 'id' })
const paid = channel('paid', { carries: [Paid], key: 'id' })
const both = channel('both', { carries: [Placed, Paid], key: 'id' })
const view = (mode: 'async' | 'inline' = 'async') =>
  projection('orders', { from: [Placed, Paid], key: id, row: fields, mode }).on({ Placed: (_, e) => e, Paid: (r) => r })
const handling = saga('handling', { startedBy: Placed, id })
  .step('a', { do: () => 1, noUndo: 'read-only' })
  .waitFor('packed', { event: Packed, by: id, correlate: (s) => s.input.id, within: '1h', onTimeout: 'fail' })
const shipping = process('shipping', { initial: () => 0 })
  .on(Paid, id, () => ({}))
  .on(Packed, id, () => ({}))

const orders = (publishes: readonly AnyChannel[], ...parts: readonly AnyPart[]) =>
  service('orders', { parts: [Order, ...parts], publishes })
const others = (...parts: readonly AnyPart[]) => service('others', { parts: [Parcel, ...parts] })

/** `projection:orders log Placed Paid` for each feed. */
function feeds(...services: readonly AnyService[]): readonly string[] {
  return feedsOf(partsOf('shop', services)).flatMap((reader) =>
    reader.feeds.map(
      ({ source, events }) => `${reader.kind}:${reader.name} ${source} ${events.map(({ type }) => type).join(' ')}`,
    ),
  )
}

const findings = (...services: readonly AnyService[]): readonly string[] =>
  feedFindings(partsOf('shop', services)).map(({ code, where, what }) => `${code} ${where}: ${what}`)

test('a part reads the events of its own service from the log, whatever channels carry them', () => {
  const all = orders([both], view())
  assert.deepEqual(feeds(all), ['projection:orders log Placed Paid'])
  assert.deepEqual(findings(all), [])
})

test('a part reads the events of another service from a channel, even in the same process', () => {
  assert.deepEqual(feeds(orders([both]), others(view(), handling, shipping)), [
    'projection:orders both Placed Paid',
    'saga:handling log Packed',
    'saga:handling both Placed',
    'process:shipping log Packed',
    'process:shipping both Paid',
  ])
})

test('the channel that carries most is taken, so that order is kept; among equals the one published first', () => {
  assert.deepEqual(feeds(orders([placed, paid, both]), others(view())), ['projection:orders both Placed Paid'])
  assert.deepEqual(feeds(orders([placed, both]), others(handling))[1], 'saga:handling placed Placed')
  assert.deepEqual(feeds(orders([placed, paid]), others(view())), [
    'projection:orders placed Placed',
    'projection:orders paid Paid',
  ])
})

test('a subscription that names a channel gets everything from it, also from its own service', () => {
  const mails = subscription('mails', { from: both }).on({ Paid() {} })
  assert.deepEqual(feeds(orders([both], mails)), ['subscription:mails both Placed Paid'])
  const own = subscription('mails', { from: [Placed] }).on({ Placed() {} })
  assert.deepEqual(feeds(orders([both], own)), ['subscription:mails log Placed'])
})

test('an event of another service that no channel brings is found, for every kind of reader', () => {
  const mails = subscription('mails', { from: [Paid] }).on({ Paid() {} })
  const found = findings(orders([placed]), others(view(), mails, handling, shipping))
  assert.deepEqual(
    found.map((line) => line.slice(0, line.indexOf(':'))),
    ['projection orders', 'subscription mails', 'process shipping'].map(
      (reader) => `event-of-other-service service others, ${reader}`,
    ),
  )
  assert.match(found[0]!, /The event Paid belongs to the service orders/)
})

test('a channel counts only where the service that emits the event publishes it', () => {
  const wrong = service('others', { parts: [Parcel, view()], publishes: [both] })
  assert.equal(findings(orders([]), wrong).length, 2)
})

test('no channel is called as a part of the store is', () => {
  for (const name of ['log', 'outbox', 'mail', 'timers', 'housekeeping']) {
    const taken = channel(name, { carries: [Placed], key: 'id' })
    assert.match(findings(orders([taken]))[0] ?? '', new RegExp(`^name-taken service orders, channel ${name}`), name)
  }
})
