import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { openAvro } from '../../../src/adapters/avro/codec.ts'
import { parseDuration } from '../../../src/base/duration.ts'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { canonicalJson } from '../../../src/base/json.ts'
import { avroSchema, type AvroSchema } from '../../../src/schema/avro/schema.ts'
import { avroName } from '../../../src/schema/avro/model.ts'
import { nodeCodec } from '../../../src/schema/codec.ts'
import type { Fields } from '../../../src/schema/field.ts'
import type { FieldNode, NamedField, ShapeNode } from '../../../src/schema/node.ts'
import { sample } from '../../../src/schema/sample.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { t } from '../../../src/schema/t.ts'
import { askPython, pythonPath } from '../../fixtures/python.ts'
import { anyFields, seeded } from '../../schema/arbitrary-shape.ts'

const every: Fields = {
  s: t.string(),
  u: t.uuid(),
  i: t.int(),
  l: t.long(),
  f: t.float(),
  d: t.double(),
  b: t.boolean(),
  y: t.bytes(),
  p: t.decimal(38, 9),
  at: t.timestamp(),
  day: t.date(),
  term: t.duration(),
  e: t.enum('in-store', 'web'),
  c: t.literal('x'),
  j: t.json(),
  a: t.array(t.decimal(5, 2).nullable()),
  m: t.map(t.long()),
  r: t.record('R', { x: t.int().optional(), y: t.record('Inner', { z: t.array(t.bytes()) }) }),
  k: t.union('kind', { card: t.record('Card', { n: t.long() }), cash: t.record('Cash', {}) }),
  o: t.union('kind', { bank: t.record('Bank', { n: t.long() }), none: t.record('None', {}) }).optional(),
}

interface Case {
  readonly form: AvroSchema
  readonly jsons: readonly unknown[]
}

if (pythonPath() !== undefined) {
  test('fastavro reads from our bytes what we meant, and we read what it writes', async () => {
    const avro = await openAvro()
    const shapes = [every, ...fc.sample(anyFields, { numRuns: 150, seed: 42 })]
    const cases = shapes.flatMap((fields, index): Case[] => {
      const form = declaredOrNot(fields)
      if (form === undefined) return []
      const random = seeded(index + 1)
      const encode = nodeCodec(form.node)?.encode ?? ((data: unknown) => data)
      return [{ form, jsons: Array.from({ length: index === 0 ? 200 : 4 }, () => encode(sample(form.node, random))) }]
    })
    const question = cases.map(({ form, jsons }) => ({
      text: form.text,
      values: jsons.map((json) => Buffer.from(avro.encode(form, json)).toString('base64')),
    }))
    const answers = askPython('avro-peer.py', question) as readonly (readonly { meaning: unknown; bytes: string }[])[]
    assert.equal(answers.length, cases.length)
    for (const [index, { form, jsons }] of cases.entries()) {
      for (const [at, json] of jsons.entries()) {
        const { meaning, bytes } = answers[index]![at]!
        assert.deepEqual(meaning, meant(form.node, json), form.text)
        assert.equal(canonicalJson(avro.decode(form, form.text, Buffer.from(bytes, 'base64'))), canonicalJson(json))
      }
    }
    assert.ok(cases.length > 100)
  })
}

function declaredOrNot(fields: Fields): AvroSchema | undefined {
  try {
    return avroSchema('M', shapeNode(fields), { namespace: 'ew.test' })
  } catch (error) {
    if (isEventwrightError(error, 'EW_SCHEMA_FORM')) return undefined
    throw error
  }
}

/** What the other side is to say: Avro knows no absent field, no duration, and symbols for texts. */
function meant(node: ShapeNode, json: unknown): unknown {
  if (node.kind === 'fields') return meantFields(node.fields, json)
  if (json === undefined || (json === null && node.kind !== 'json')) return null
  switch (node.kind) {
    case 'duration':
      return String(parseDuration(json as string))
    case 'enum':
    case 'literal':
      return typeof json === 'string' ? avroName(json) : json
    case 'json':
      return json === null && node.nullable === true ? null : { json }
    case 'array':
      return (json as unknown[]).map((item) => meant(node.of, item))
    case 'map':
      return Object.entries(json as object).map(([key, item]) => [key, meant(node.of, item)])
    case 'record':
      return meantFields(node.fields, json)
    case 'union': {
      const tag = (json as Record<string, unknown>)[node.tag]
      const { record } = node.variants.find(({ value }) => value === tag)!
      return { variant: record.name, value: meantFields(record.fields, json) }
    }
    default:
      return json
  }
}

function meantFields(fields: readonly NamedField[], json: unknown): unknown {
  const given = json as Record<string, unknown>
  const value = ({ name }: { name: string }, node: FieldNode): unknown =>
    meant(node, Object.hasOwn(given, name) ? given[name] : undefined)
  return Object.fromEntries(fields.map((field) => [field.name, value(field, field.node)]))
}
