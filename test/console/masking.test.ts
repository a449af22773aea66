import assert from 'node:assert/strict'
import { test } from 'node:test'
import { t, event, type AnyEvent } from 'eventwright'
import { isPersonal, maskShape, PersonalValues, unmaskShape } from '../../src/console/masking.ts'
import { masked } from '../../src/console/wire.ts'

const Card = t.record('Card', { number: t.string().pii(), bank: t.string() })
const Cash = t.record('Cash', { coins: t.int() })
const Paid = event('Paid', {
  payer: t.record('Payer', { name: t.string(), born: t.date() }).pii(),
  by: t.union('kind', { card: Card, cash: Cash }),
  lines: t.array(t.record('Line', { sku: t.string(), note: t.string().nullable().pii() })),
  labels: t.map(t.string().pii()),
  cents: t.int().pii(),
  plain: t.json(),
}) as unknown as AnyEvent
const { node } = Paid.versions[0]!

const data = {
  payer: { name: 'Bob Black', born: '1990-01-02' },
  by: { kind: 'card', number: '4929', bank: 'North' },
  lines: [
    { sku: 'A', note: 'for Bob' },
    { sku: 'B', note: null },
  ],
  labels: { first: 'bob@x.org' },
  cents: 1234,
  plain: { any: 'thing' },
}

const hidden = {
  payer: masked,
  by: { kind: 'card', number: masked, bank: 'North' },
  lines: [
    { sku: 'A', note: masked },
    { sku: 'B', note: null },
  ],
  labels: { first: masked },
  cents: masked,
  plain: { any: 'thing' },
}

test('personal data of a shape are masked, whole records too, in lists, maps and variants; null stays', () => {
  assert.deepEqual(maskShape(node, data), hidden)
  assert.equal(isPersonal(node), true)
  assert.equal(isPersonal(event('Free', { by: t.union('kind', { cash: Cash }) } as never).versions[0]!.node), false)
  assert.deepEqual(maskShape(node, 'no object' as never), 'no object')
})

test('what was left masked in an edit is what it was, and the rest is what was written', () => {
  const edited = { ...hidden, by: { kind: 'card', number: masked, bank: 'South' }, cents: 5 }
  assert.deepEqual(unmaskShape(node, edited, data), {
    ...data,
    by: { kind: 'card', number: '4929', bank: 'South' },
    cents: 5,
  })
  const longer = { ...hidden, lines: [...hidden.lines, { sku: 'C', note: 'new' }] }
  assert.deepEqual(unmaskShape(node, longer, data), { ...data, lines: [...data.lines, { sku: 'C', note: 'new' }] })
})

test('personal values are found in what has no shape, in texts whatever their case is, in names of members too', () => {
  const values = new PersonalValues()
  values.add(node, data)
  assert.equal(values.maskText('no account of BOB@X.ORG (4929)'), `no account of ${masked} (${masked})`)
  assert.deepEqual(
    values.mask({
      total: 1234,
      other: 1235,
      list: ['Bob Black', true, null],
      'by bob black': 1,
      a: { born: '1990-01-02' },
    }),
    { total: masked, other: 1235, list: [masked, true, null], [`by ${masked}`]: 1, a: { born: masked } },
  )
  assert.equal(new PersonalValues().maskText('nothing $& is known'), 'nothing $& is known')
})

test('texts that mean something in expressions or are very short mask only themselves', () => {
  const values = new PersonalValues()
  const shape = event('Odd', { a: t.string().pii(), b: t.string().pii() } as never).versions[0]!.node
  values.add(shape, { a: '.*+?^${}()|[]\\/-', b: 'ab' })
  assert.equal(values.maskText('x.*+?^${}()|[]\\/-x ab'), `x${masked}x ab`)
  assert.equal(values.mask('ab'), masked)
  assert.equal(values.mask('anything else'), 'anything else')
})
