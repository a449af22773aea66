import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, isPlainObject, maxJsonDepth, parseJson } from '../../src/base/json.ts'

interface Golden {
  readonly values: readonly { readonly json: string; readonly canonical: string }[]
}
const golden = JSON.parse(readFileSync(new URL('../golden/json.json', import.meta.url), 'utf8')) as Golden

for (const { json, canonical } of golden.values) {
  test(`the canonical text of ${JSON.stringify(json).slice(0, 60)} never changes`, () => {
    assert.equal(canonicalJson(parseJson(json)), canonical)
  })
}

test('the canonical text depends on the value alone, not on the order of keys, and reads back as the value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'medium' }), fc.infiniteStream(fc.nat()), (value, numbers) => {
      const text = canonicalJson(storable(value))
      assert.equal(canonicalJson(shuffled(storable(value), numbers)), text)
      assert.equal(canonicalJson(parseJson(text)), text)
      assert.deepEqual(parseJson(text), parseJson(JSON.stringify(storable(value))))
    }),
  )
})

test('where the keys of an object are sorted the text is what JSON.stringify writes', () => {
  const keys = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/))
  fc.assert(
    fc.property(keys, fc.jsonValue(), (names, value) => {
      const object = Object.fromEntries(names.sort().map((name) => [name, storable(value)]))
      const sorted = parseJson(canonicalJson(object))
      assert.equal(canonicalJson(sorted).length, JSON.stringify(sorted).length)
    }),
  )
})

test('members that are undefined are left out', () => {
  assert.equal(canonicalJson({ b: undefined, a: 1 }), '{"a":1}')
  assert.equal(canonicalJson({ b: 1, c: undefined, a: 1 }), '{"a":1,"b":1}')
})

const unwritable: readonly [what: string, value: unknown, place: RegExp][] = [
  ['NaN', { a: [1, NaN] }, /At a\[1\]: NaN/],
  ['Infinity', Infinity, /The value: Infinity/],
  ['a bigint', { a: 5n }, /At a: 5n/],
  ['undefined', undefined, /The value: nothing/],
  ['undefined in a list', [undefined], /At \[0\]: nothing/],
  ['a hole in a list', [, 1], /At \[0\]: nothing/],
  ['a function', { toJSON: () => 1 }, /At toJSON: a function/],
  ['a symbol', { a: Symbol('s') }, /a symbol/],
  ['a date', { a: new Date(0) }, /At a: a Date/],
  ['a map', new Map(), /The value: a Map/],
  ['bytes', { a: new Uint8Array(2) }, /a Uint8Array/],
  ['an instance of a class', { b: 1, a: new (class Order {})() }, /At a: an Order/],
  ['a boxed string', { a: Object('x') as unknown }, /At a: a String/],
]
for (const [what, value, place] of unwritable) {
  test(`${what} is refused with its place`, () => {
    assert.throws(() => canonicalJson(value), { code: 'EW_JSON', message: place })
  })
}

test('U+0000 and lone surrogates are refused with their place, in values and in keys', () => {
  for (const text of ['a\u0000', '\ud800', 'x\udc00y']) {
    const message = /At a\[0\]: a text with (U\+0000|a lone)/
    assert.throws(() => canonicalJson({ a: [text] }), { code: 'EW_TEXT', message })
    assert.throws(() => canonicalJson({ [text]: 1 }), { code: 'EW_TEXT' })
  }
  assert.equal(canonicalJson(['\\u0000', '\u0001', '😀']), '["\\\\u0000","\\u0001","😀"]')
})

test('a cycle and nesting beyond the limit are refused before the stack ends', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  assert.throws(() => canonicalJson(cycle), { code: 'EW_JSON', message: /deeper than 100 levels or a cycle/ })
  assert.equal(canonicalJson(nested(maxJsonDepth)), '['.repeat(100) + ']'.repeat(100))
  assert.throws(() => canonicalJson(nested(maxJsonDepth + 1)), { code: 'EW_JSON' })
  assert.throws(() => canonicalJson(nested(100_000)), { code: 'EW_JSON' })
})

test('reading makes __proto__ an own key and touches no prototype', () => {
  const value = parseJson('{"__proto__":{"admin":true}}') as { admin?: boolean }
  assert.equal(value.admin, undefined)
  assert.deepEqual(Object.keys(value), ['__proto__'])
})

test('text that is no JSON is refused without repeating the text', () => {
  for (const text of ['', '{', '{"secret":1,}', 'undefined', '01', '"\n"', '[1] 2']) {
    assert.throws(
      () => parseJson(text),
      (error: Error & { code: string }) => error.code === 'EW_JSON' && !error.message.includes('secret'),
    )
  }
})

test('a depth limit holds at any depth and width', () => {
  assert.deepEqual(parseJson('[[1]]', 2), [[1]])
  assert.throws(() => parseJson('[[1]]', 1), { code: 'EW_JSON', message: /deeper than 1 levels/ })
  assert.throws(() => parseJson('{"a":[{}]}', 2), { code: 'EW_JSON' })
  assert.throws(() => parseJson('['.repeat(500_000) + ']'.repeat(500_000), 64), { code: 'EW_JSON' })
})

test('plain objects are literals, parsed JSON and objects without a prototype, also of another realm', async () => {
  const { runInNewContext } = await import('node:vm')
  for (const value of [{}, JSON.parse('{}'), Object.create(null), runInNewContext('({})')]) {
    assert.equal(isPlainObject(value), true)
  }
  for (const value of [[], new Date(0), new Map(), null, 1, () => 1, Object.create({})]) {
    assert.equal(isPlainObject(value), false)
  }
})

function nested(levels: number): unknown {
  let value: unknown = []
  for (let level = 1; level < levels; level++) value = [value]
  return value
}

/** fast-check also makes what we refuse. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\u0000', '0')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(storable)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [storable(key), storable(member)]))
}

function shuffled(value: unknown, numbers: Iterator<number>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => shuffled(item, numbers))
  const entries = Object.entries(value).map((entry) => ({ entry, place: numbers.next().value as number }))
  entries.sort((a, b) => a.place - b.place)
  return Object.fromEntries(entries.map(({ entry: [key, member] }) => [key, shuffled(member, numbers)]))
}
