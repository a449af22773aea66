import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isEventwrightError } from 'eventwright'
import { openAvro } from '../../src/adapters/avro/codec.ts'
import { openProtobuf } from '../../src/adapters/protobuf/codec.ts'
import { avroSchema } from '../../src/schema/avro/schema.ts'
import { nodeCodec } from '../../src/schema/codec.ts'
import { compileNode } from '../../src/schema/compile.ts'
import { jsonText } from '../../src/schema/json-text.ts'
import type { ShapeNode } from '../../src/schema/node.ts'
import { sample } from '../../src/schema/sample.ts'
import { shapeNode } from '../../src/schema/shape.ts'
import { everyKind } from '../fixtures/every-kind.ts'
import { protobufOf } from '../fixtures/protobuf-schema.ts'
import { anyFields, seeded } from './arbitrary-shape.ts'

const avro = await openAvro()
const protobuf = await openProtobuf()

/** Some declarations have no form in Avro, and say so. */
function avroOf(node: ShapeNode): ReturnType<typeof avroSchema> | undefined {
  try {
    return avroSchema('Message', node)
  } catch (error) {
    assert.ok(isEventwrightError(error, 'EW_SCHEMA_FORM'), String(error))
    return undefined
  }
}

test('a value is the same value after JSON, Avro and Protobuf', () => {
  const seen = { all: 0, avro: 0 }
  fc.assert(
    fc.property(anyFields, fc.integer(), (fields, seed) => {
      const node = shapeNode(fields)
      const [inAvro, inProtobuf] = [avroOf(node), protobufOf(fields)]
      const [codec, validator, random] = [nodeCodec(node), compileNode(node), seeded(seed)]
      const valueOf = (json: unknown): unknown => {
        const result = validator.parse(codec === null ? json : codec.decode(json))
        assert.ok(result.ok)
        return result.value
      }
      for (let round = 0; round < 4; round++) {
        const value = sample(node, random)
        const text = jsonText(node)(value)
        const json: unknown = JSON.parse(text)
        const formats: unknown[] = [json, protobuf.decode(inProtobuf, undefined, protobuf.encode(inProtobuf, json))]
        if (inAvro !== undefined) formats.push(avro.decode(inAvro, inAvro.text, avro.encode(inAvro, json)))
        for (const each of formats) {
          assert.deepEqual(valueOf(each), value)
          assert.equal(jsonText(node)(valueOf(each)), text)
        }
        seen.all++
        if (inAvro !== undefined) seen.avro++
      }
    }),
    { numRuns: 150 },
  )
  assert.ok(seen.avro > seen.all / 2, JSON.stringify(seen))
})

test('every kind of field has the same JSON after each format', () => {
  for (const [kind, { shape, json }] of Object.entries(everyKind)) {
    const inProtobuf = protobufOf(shape)
    const inAvro = avroOf(shapeNode(shape))
    for (const value of json) {
      assert.deepEqual(protobuf.decode(inProtobuf, undefined, protobuf.encode(inProtobuf, value)), value, kind)
      if (inAvro !== undefined)
        assert.deepEqual(avro.decode(inAvro, inAvro.text, avro.encode(inAvro, value)), value, kind)
    }
  }
})
