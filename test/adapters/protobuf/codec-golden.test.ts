import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openProtobuf } from '../../../src/adapters/protobuf/codec.ts'
import { everyKind } from '../../fixtures/every-kind.ts'
import { protobufOf } from '../../fixtures/protobuf-schema.ts'
import { askPython, pythonPath } from '../../fixtures/python.ts'

interface Golden {
  readonly text: readonly string[]
  /** What stands after a schema id, and what Python reads from it. */
  readonly values: readonly { readonly json: unknown; readonly bytes: string; readonly protoJson: unknown }[]
}

const url = new URL('../../golden/protobuf.json', import.meta.url)
const golden = JSON.parse(readFileSync(url, 'utf8')) as Readonly<Record<string, Golden>>
const codec = await openProtobuf()

test('the text and the bytes of every kind of field are what they always were', () => {
  assert.deepEqual(Object.keys(golden), Object.keys(everyKind))
  for (const [kind, { shape, json }] of Object.entries(everyKind)) {
    const schema = protobufOf(shape)
    const { text, values } = golden[kind]!
    assert.deepEqual(schema.text.split('\n'), text, kind)
    assert.deepEqual(
      json.map((value) => Buffer.from(codec.encode(schema, value)).toString('hex')),
      values.map(({ bytes }) => bytes),
      kind,
    )
    for (const value of values) {
      assert.deepEqual(codec.decode(schema, undefined, Buffer.from(value.bytes, 'hex')), value.json, kind)
    }
  }
})

if (pythonPath() !== undefined) {
  test('Python reads from the bytes of every kind of field what they always meant', () => {
    const cases = Object.values(golden)
    const answers = askPython(
      'protobuf-peer.py',
      cases.map(({ text, values }) => ({
        text: text.join('\n'),
        message: 'shop.Message',
        values: values.map(({ bytes }) => Buffer.from(bytes, 'hex').toString('base64')),
      })),
    ) as readonly { readonly values: readonly { readonly json: unknown }[] }[]
    assert.deepEqual(
      answers.map(({ values }) => values.map(({ json }) => json)),
      cases.map(({ values }) => values.map(({ protoJson }) => protoJson)),
    )
  })
}
