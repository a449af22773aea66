import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainJson } from '../../src/base/plain-json.ts'

test('any value is shown as JSON, whatever it is made of', () => {
  class Plant {
    height = 3
    grow(): void {}
  }
  const odd = {
    long: 9_007_199_254_740_993n,
    bytes: new Uint8Array([1, 2]),
    at: new Date(0),
    never: new Date(NaN),
    map: new Map<unknown, unknown>([
      ['a', 1n],
      [{ b: 2 }, 'x'],
    ]),
    set: new Set([1, 'two']),
    plant: new Plant(),
    nothing: undefined,
    run: () => 1,
    list: [undefined, NaN, null, [true]],
    ['__proto__']: 'own',
  }
  assert.deepEqual(
    JSON.stringify(plainJson(odd)),
    JSON.stringify({
      long: '9007199254740993',
      bytes: 'AQI=',
      at: '1970-01-01T00:00:00.000Z',
      never: null,
      map: { a: '1', '{"b":2}': 'x' },
      set: [1, 'two'],
      plant: { height: 3 },
      list: [null, 'NaN', null, [true]],
      ['__proto__']: 'own',
    }),
  )
})

test('a value that holds itself comes to an end', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  assert.ok(JSON.stringify(plainJson(loop)).length < 2_000)
})
