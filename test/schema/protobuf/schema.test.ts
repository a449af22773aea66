import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEventwrightError, t } from 'eventwright'
import type { Fields } from '../../../src/schema/field.ts'
import { protobufNumbers } from '../../../src/schema/protobuf/numbers.ts'
import { protobufPackage, protobufSchema } from '../../../src/schema/protobuf/schema.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { protobufOf, protobufVersions } from '../../fixtures/protobuf-schema.ts'

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

function formError(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(isEventwrightError(error, 'EW_SCHEMA_FORM'), String(error))
    assert.match(error.message, message)
    return true
  })
}

test('what a version no longer declares is reserved, and the text of a version stays when later ones come', () => {
  const Old = t.record('Part', { a: t.string(), b: t.string() })
  const New = t.record('Part', { b: t.string(), c: t.int() })
  const shapes: readonly Fields[] = [
    { id: t.string(), gone: t.int(), part: Old, status: t.enum('x', 'y') },
    { id: t.string(), part: New, status: t.enum('y', 'z') },
    { id: t.long(), part: New, status: t.enum('y', 'z') },
  ]
  const versions = protobufVersions(shapes)
  assert.ok(!versions[0]!.text.includes('reserved'))
  const lines = linesOf(versions[1]!.text)
  assert.deepEqual(
    lines.filter((line) => line.startsWith('reserved')),
    ['reserved 2;', 'reserved "gone";', 'reserved 1;', 'reserved 1;', 'reserved "a";'],
  )
  // The name lives on with another number, so only its number is taken.
  assert.ok(linesOf(versions[2]!.text).includes('reserved 1, 2;'))
  assert.ok(linesOf(versions[2]!.text).includes('int64 id = 5;'))
  for (const count of [1, 2]) {
    assert.deepEqual(
      protobufVersions(shapes.slice(0, count)).map(({ text }) => text),
      versions.slice(0, count).map(({ text }) => text),
    )
  }
})

test('what only the lock file remembers is reserved too', () => {
  const versions = [shapeNode({ id: t.string() })]
  const { numbers } = protobufNumbers('Send', versions, { Send: { 'was: string': 4 } }, { assign: true })
  const { text } = protobufSchema({ name: 'Send', versions, package: '', numbers })
  assert.deepEqual(linesOf(text), [
    'syntax = "proto3";',
    'message Send {',
    'reserved 4;',
    'reserved "was";',
    'string id = 5;',
    '}',
  ])
})

test('a field without a number is an error that says how it gets one', () => {
  const versions = [shapeNode({ id: t.string().number(1), note: t.string() })]
  const { numbers } = protobufNumbers('Send', versions, {}, { assign: false })
  formError(
    () => protobufSchema({ name: 'Send', versions, package: 'shop', numbers }),
    /note of Send has no Protobuf number: eventwright check --write gives it one/,
  )
})

test('names become those of Protobuf where our names can be had back from them', () => {
  const fields = { orderId: t.string(), orderID: t.string(), a_b: t.string(), _: t.string(), Z: t.string() }
  assert.deepEqual(linesOf(protobufOf(fields).text).slice(3, -1), [
    'string order_id = 1;',
    'string orderID = 2;',
    'string a_b = 3 [json_name = "a_b"];',
    'string _ = 4 [json_name = "_"];',
    'string Z = 5;',
  ])
  assert.equal(protobufPackage('order-service.v2.1'), 'order_service.v2.part_1')
})

test('two names that Protobuf cannot tell apart are an error that names both', () => {
  formError(() => protobufOf({ orderId: t.string(), order_id: t.string() }), /orderId and order_id of Message/)
  const LabelsEntry = t.record('LabelsEntry', { a: t.int() })
  formError(() => protobufOf({ labels: t.map(t.int()), entry: LabelsEntry }), /The map labels of Message needs/)
})

test('a type has a name that is free wherever it is used', () => {
  const Item = t.record('Item', { status: t.enum('a'), Status: t.enum('b') })
  const Message = t.record('Message', { x: t.int() })
  const { text } = protobufOf({
    item: Item,
    one: Message,
    Item: t.enum('c'),
    status: t.record('string', { y: t.int() }),
  })
  const declared = linesOf(text).filter((line) => /^(?:message|enum) /.test(line))
  assert.deepEqual(declared, [
    'message Message {',
    'enum Item_2 {',
    'message Item {',
    'enum Status_2 {',
    'enum Status_3 {',
    'message MessageRecord {',
    'message StringRecord {',
  ])
})

test('a type inside of a record never hides the record of that name', () => {
  const Part = t.record('Part', { a: t.int() })
  const lines = linesOf(protobufOf({ item: t.record('Item', { part: t.enum('x'), other: Part }) }).text)
  assert.ok(lines.includes('Part_2 part = 1;') && lines.includes('Part other = 2;'), lines.join('\n'))
})

test('documentation of any form stays in comments', () => {
  const { text } = protobufOf({ id: t.string().describe('one\ntwo */ }\u2028three').default('a\u2028"') })
  assert.deepEqual(linesOf(text).slice(3, -1), [
    '// one',
    '// two */ }',
    '// three',
    'optional string id = 1; // default "a\\u2028\\""',
  ])
})
