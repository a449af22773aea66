import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openProtobuf } from '../../../src/adapters/protobuf/codec.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { jsonSample, protobufOf } from '../../fixtures/protobuf-schema.ts'
import { askPython, pythonPath } from '../../fixtures/python.ts'
import { anyFields, seeded } from '../../schema/arbitrary-shape.ts'

type Answer = { readonly error: string } | { readonly values: readonly { readonly bytes: string }[] }

if (pythonPath() !== undefined) {
  test('Python compiles every .proto text, reads our bytes without a field left over, and we read its bytes', async () => {
    const codec = await openProtobuf()
    const cases = fc.sample(anyFields, { numRuns: 120, seed: 7 }).map((fields, index) => {
      const schema = protobufOf(fields)
      const random = seeded(index + 1)
      const json = Array.from({ length: 4 }, () => jsonSample(shapeNode(fields), random))
      return { schema, json }
    })
    const answers = askPython(
      'protobuf-peer.py',
      cases.map(({ schema, json }) => ({
        text: schema.text,
        message: schema.fullName,
        values: json.map((value) => Buffer.from(codec.encode(schema, value)).toString('base64')),
      })),
    ) as readonly Answer[]
    for (const [index, { schema, json }] of cases.entries()) {
      const answer = answers[index]!
      assert.ok('values' in answer, `${JSON.stringify(answer)}\n${schema.text}`)
      const read = answer.values.map(({ bytes }) => codec.decode(schema, schema.text, Buffer.from(bytes, 'base64')))
      assert.deepEqual(read, json, schema.text)
    }
  })
}
