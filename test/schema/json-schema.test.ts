import assert from 'node:assert/strict'
import { test } from 'node:test'
import { t, type Schema } from 'eventwright'
import { z } from 'zod'
import { jsonSchema } from '../../src/schema/json-schema.ts'
import { shapeNode } from '../../src/schema/shape.ts'

const of = (schema: Schema): unknown => jsonSchema(shapeNode(schema))

test('every kind of field has its form in JSON Schema', () => {
  const forms: readonly (readonly [Schema, object])[] = [
    [t.string().min(1).max(9).pattern(/^a/u), { type: 'string', minLength: 1, maxLength: 9, pattern: '^a' }],
    [t.uuid(), { type: 'string', format: 'uuid' }],
    [t.int().min(1), { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 }],
    [t.long(), { type: 'string', pattern: '^-?[0-9]{1,19}$' }],
    [t.double().max(2), { type: 'number', maximum: 2 }],
    [t.float(), { type: 'number' }],
    [t.boolean(), { type: 'boolean' }],
    [t.bytes(), { type: 'string', contentEncoding: 'base64' }],
    [t.decimal(12, 3), { type: 'string', pattern: '^-?[0-9]{1,9}(\\.[0-9]{1,3})?$' }],
    [t.timestamp(), { type: 'string', format: 'date-time' }],
    [t.date(), { type: 'string', format: 'date' }],
    [t.enum('a', 'b'), { enum: ['a', 'b'] }],
    [t.literal(7), { const: 7 }],
    [t.json(), {}],
    [t.array(t.int()).min(2).unique(), { type: 'array', items: of(t.int()), minItems: 2, uniqueItems: true }],
    [t.map(t.boolean()), { type: 'object', additionalProperties: { type: 'boolean' } }],
    [t.string().nullable(), { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    [t.int().default(3).describe('three'), { ...(of(t.int()) as object), default: 3, description: 'three' }],
    [t.string().pii(), { type: 'string', 'x-personal': true }],
  ]
  for (const [schema, form] of forms) assert.deepEqual(of(schema), form)
  assert.match('1500ms', new RegExp((of(t.duration()) as { pattern: string }).pattern))
})

test('records are closed objects; what may be absent or has a default is not required; variants carry their tag', () => {
  const Line = t.record('Line', { sku: t.string(), note: t.string().optional(), count: t.int().default(1) })
  const line = of(Line) as { title: string; required: string[]; additionalProperties: boolean }
  assert.deepEqual([line.title, line.required, line.additionalProperties], ['Line', ['sku'], false])
  const { oneOf } = of(t.union('kind', { line: Line })) as { oneOf: { properties: object; required: string[] }[] }
  assert.deepEqual(
    [Object.keys(oneOf[0]!.properties), oneOf[0]!.required],
    [
      ['kind', 'sku', 'note', 'count'],
      ['kind', 'sku'],
    ],
  )
  const fields = jsonSchema(shapeNode({ a: t.int(), b: t.int().optional() })) as { required: string[] }
  assert.deepEqual(fields.required, ['a'])
})

test('a schema of another library is what it says of itself', () => {
  const form = of(z.object({ name: z.string() }) as never) as { type?: string; properties?: object }
  assert.deepEqual([form.type, Object.keys(form.properties ?? {})], ['object', ['name']])
})
