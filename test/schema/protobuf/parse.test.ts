import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type protobuf from 'protobufjs'
import { isEventwrightError } from 'eventwright'
import { parseProto, type ParsedMessage } from '../../../src/schema/protobuf/parse.ts'
import { driverType, protobufOf } from '../../fixtures/protobuf-schema.ts'
import { anyFields } from '../arbitrary-shape.ts'

const foreign = `
// A text of somebody else.
syntax = "proto2"; edition = "2023";
package a.b . c;
import public "x.proto";
option java_package = "x;y{";
message /* here */ M {
  option deprecated = true;
  option (custom) = { a: "}" b { c: 1 } };
  extensions 100 to 199;
  required .a.b.Other other = 1 [deprecated = true, (x) = { y: [1, 2] }];
  optional int32 old = 0x10;
  repeated bytes data = 017 [packed=false];
  map < string , a.Other > items = 5;
  reserved 2, 7 to 9, 1000 to max;
  reserved "p", 'q';
  oneof choice { option (z) = 1; string one = 3; int64 two = 4; }
  enum E { option allow_alias = true; A = 0; B = -1 [deprecated = true]; reserved -5 to -3; }
  message Inner { }
  extend Foo { optional int32 bar = 126; }
  ;
}
service S { rpc Call (M) returns (stream M) { option (http) = { get: "/v1" }; } }
`

test('a text of somebody else is read past everything that does not decide about bytes', () => {
  const { package: name, messages } = parseProto(foreign.replace('a.b . c', 'a.b.c'))
  const [message] = messages
  assert.equal(name, 'a.b.c')
  assert.deepEqual(
    message!.fields.map(({ name, number, repetition, type, oneof, required }) =>
      [name, number, repetition, type, oneof, required].join(' '),
    ),
    [
      'other 1 one a.b.Other  true',
      'old 16 one int32  false',
      'data 15 many bytes  false',
      'items 5 map a.Other  false',
      'one 3 one string choice false',
      'two 4 one int64 choice false',
    ],
  )
  assert.deepEqual(message!.reservedNumbers, [
    [2, 2],
    [7, 9],
    [1000, 536_870_911],
  ])
  assert.deepEqual(message!.reservedNames, ['p', 'q'])
  assert.deepEqual(message!.enums[0]!.values, [
    { name: 'A', number: 0 },
    { name: 'B', number: -1 },
  ])
  assert.deepEqual(message!.enums[0]!.reservedNumbers, [[-5, -3]])
  assert.deepEqual(
    message!.messages.map((inner) => inner.name),
    ['Inner'],
  )
})

test('a text that is none is refused with its line', () => {
  for (const [text, line] of [
    ['message', 1],
    ['message M {\n int32 a = 1', 2],
    ['message M {\n int32 a = x; }', 2],
    ['message M {\n int32 = 1; }', 2],
    ['\n\nnonsense', 3],
    ['message M { reserved ; }', 1],
    ['enum E {\n A = 0\n}', 3],
    ['"', 1],
    ['message M { '.repeat(10_000), 1],
    ['option a = {'.repeat(10_000), 1],
  ] as const) {
    assert.throws(
      () => parseProto(text),
      (error) => isEventwrightError(error, 'EW_SCHEMA_TEXT') && error.message.includes(`Line ${line} `),
      text.slice(0, 60),
    )
  }
})

test('our own texts are read as the driver reads them', () => {
  fc.assert(
    fc.property(anyFields, (fields) => {
      const schema = protobufOf(fields)
      const { messages } = parseProto(schema.text)
      assert.equal(messages.length, 1)
      same(messages[0]!, driverType(schema))
    }),
    { numRuns: 200 },
  )
})

function same(ours: ParsedMessage, theirs: protobuf.Type): void {
  const words = theirs.fieldsArray.map((field) => {
    const kind = field.map ? 'map' : field.repeated ? 'many' : 'one'
    const oneof = field.partOf !== null && !field.partOf.isProto3Optional ? field.partOf.name : ''
    return `${field.id} ${field.name} ${kind} ${field.type} ${oneof}`
  })
  assert.deepEqual(
    ours.fields.map(
      ({ number, name, repetition, type, oneof = '' }) => `${number} ${name} ${repetition} ${type} ${oneof}`,
    ),
    words,
  )
  for (const inner of ours.messages) same(inner, theirs.lookupType(inner.name))
  for (const { name, values } of ours.enums) {
    assert.deepEqual(Object.fromEntries(values.map((value) => [value.name, value.number])), {
      ...theirs.lookupEnum(name).values,
    })
  }
}
