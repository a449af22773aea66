import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isEventwrightError } from 'eventwright'
import { compatibilityFindings, findingText } from '../../../src/schema/compatibility/compatibility.ts'
import { protobufIncompatibilities } from '../../../src/schema/compatibility/protobuf.ts'
import type { Fields } from '../../../src/schema/field.ts'
import { memberKey } from '../../../src/schema/protobuf/member.ts'
import { protobufMembers } from '../../../src/schema/protobuf/numbers.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { protobufVersions } from '../../fixtures/protobuf-schema.ts'
import { anyFields } from '../arbitrary-shape.ts'

const textOf = (body: string, more = ''): string => `syntax = "proto3"; package shop; message Order { ${body} } ${more}`

const found = (older: string, newer: string): readonly string[] => [
  ...protobufIncompatibilities(newer, older, 'reader').map(({ path, rule }) => `reads ${path} ${rule}`),
  ...protobufIncompatibilities(older, newer, 'writer').map(({ path, rule }) => `is read ${path} ${rule}`),
]

test('every rule names the field and the direction in which it holds', () => {
  const cases: readonly (readonly [older: string, newer: string, ...found: string[]])[] = [
    ['string a = 1;', 'string b = 1;'],
    ['string a = 1;', 'optional string a = 1; repeated int32 more = 2;'],
    ['int32 a = 1;', 'int64 a = 1;', 'is read a type-changed'],
    ['int64 a = 1;', 'int32 a = 1;', 'reads a type-changed'],
    ['string a = 1;', 'bytes a = 1;', 'reads a type-changed', 'is read a type-changed'],
    ['string a = 1;', 'repeated string a = 1;', 'reads a[] type-changed', 'is read a type-changed'],
    ['map<string, int32> a = 1;', 'map<int32, int32> a = 1;', 'reads a.* type-changed', 'is read a.* type-changed'],
    ['string a = 1;', '', 'reads a number-not-reserved', 'reads a name-not-reserved'],
    ['string a = 1;', 'reserved 1;', 'reads a name-not-reserved'],
    ['string a = 1;', 'reserved 1 to 3; reserved "a";'],
    ['reserved 1;', 'string a = 1;', 'reads a number-reused', 'reads  reserved-withdrawn'],
    ['reserved "a";', 'string a = 1;', 'reads a name-reused'],
    ['reserved "a"; reserved 3 to 5;', 'reserved 3, 5;', 'reads  reserved-withdrawn', 'reads  reserved-withdrawn'],
    ['reserved 3 to 5;', 'reserved 4 to 7, 3;'],
    ['oneof k { string a = 1; }', 'oneof k { string a = 1; string b = 2; }', 'is read b variant-unknown'],
    [
      'oneof k { string a = 1; string b = 2; }',
      'oneof k { string a = 1; } reserved 2; reserved "b";',
      'reads b variant-unknown',
    ],
    ['string a = 1;', 'oneof k { string a = 1; }', 'reads a oneof-changed', 'is read a oneof-changed'],
    ['E e = 1; enum E { A = 0; }', 'E e = 1; enum E { A = 0; B = 1; }', 'is read e value-unknown'],
    [
      'repeated E e = 1; enum E { A = 0; B = 1; }',
      'repeated E e = 1; enum E { A = 0; }',
      'reads e[] value-unknown',
      'reads e[] number-not-reserved',
    ],
    [
      'E e = 1; enum E { A = 0; B = 1; }',
      'E e = 1; enum E { A = 0; C = 1; }',
      'reads e value-changed',
      'is read e value-changed',
    ],
    [
      'repeated I i = 1; message I { string a = 1; }',
      'repeated I i = 1; message I { int32 a = 1; }',
      'reads i[].a type-changed',
      'is read i[].a type-changed',
    ],
    [
      'I i = 1; message I { string a = 1; }',
      'J i = 1; message J { string a = 1; }',
      'reads i type-changed',
      'is read i type-changed',
    ],
    ['I i = 1; message I { I i = 1; }', 'I i = 1; message I { I i = 1; }'],
  ]
  for (const [older, newer, ...expected] of cases) {
    assert.deepEqual(found(textOf(older), textOf(newer)), expected, `${older}\n${newer}`)
  }
  assert.deepEqual(found(textOf(''), textOf('').replace('shop', 'mall')), [
    'reads  package-changed',
    'is read  package-changed',
  ])
  assert.deepEqual(found(textOf('', 'message B {}'), textOf('')), [
    'reads  message-removed',
    'is read  message-removed',
  ])
})

test('a mode asks in its directions and as far back as it says', () => {
  const older = [textOf('int64 a = 1;'), textOf('int32 a = 1;')]
  const newer = textOf('int32 a = 1;')
  const said = (
    mode: 'BACKWARD' | 'BACKWARD_TRANSITIVE' | 'FORWARD_TRANSITIVE' | 'FULL_TRANSITIVE',
  ): readonly string[] => compatibilityFindings({ format: 'PROTOBUF', mode, older, newer }).map(findingText)
  assert.deepEqual(said('BACKWARD'), [])
  assert.deepEqual(said('FORWARD_TRANSITIVE'), [])
  assert.deepEqual(said('BACKWARD_TRANSITIVE'), [
    'The new schema cannot read what version 1 wrote: a: it is int64 there and int32 here.',
  ])
  assert.equal(said('FULL_TRANSITIVE').length, 1)
})

test('a text that is none is refused', () => {
  assert.throws(
    () => protobufIncompatibilities('message', textOf(''), 'reader'),
    (error) => isEventwrightError(error, 'EW_SCHEMA_TEXT'),
  )
})

test('texts of successive versions of one declaration never reuse a number, and one is compatible with itself', () => {
  // A field that is made narrower keeps its number, and cannot read what is too large for it.
  const narrowed = /int64 there and .*int32 here$/
  const about = new Set(['number-not-reserved', 'number-reused', 'reserved-withdrawn', 'type-changed'])
  fc.assert(
    fc.property(fc.array(anyFields, { minLength: 2, maxLength: 3 }), (shapes) => {
      // What comes back after a version without it gets its old number back, and registries refuse that.
      fc.pre(!comesBack(shapes))
      const versions = protobufVersions(shapes)
      for (const [index, { text }] of versions.entries()) {
        assert.deepEqual(found(text, text), [])
        if (index === 0) continue
        const reading = protobufIncompatibilities(text, versions[index - 1]!.text, 'reader')
        assert.deepEqual(
          reading.filter(({ rule, what }) => about.has(rule) && !narrowed.test(what)),
          [],
          `${versions[index - 1]!.text}\n${text}`,
        )
      }
    }),
    { numRuns: 150 },
  )
})

function comesBack(shapes: readonly Fields[]): boolean {
  const [first, second, third] = shapes.map((fields) => {
    const members = protobufMembers('Message', shapeNode(fields))
    return new Set(
      [...members].flatMap(([scope, list]) =>
        list.map((member) => `${scope} ${memberKey(member)}`.replace('int64', 'int32')),
      ),
    )
  })
  return third !== undefined && [...third].some((key) => first!.has(key) && !second!.has(key))
}
