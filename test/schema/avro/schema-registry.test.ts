import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { newId } from '../../../src/base/ids.ts'
import { avroSchema } from '../../../src/schema/avro/schema.ts'
import type { Fields } from '../../../src/schema/field.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { t } from '../../../src/schema/t.ts'
import { registryUrl } from '../../fixtures/registry.ts'
import { anyFields } from '../arbitrary-shape.ts'

const url = registryUrl()

/** Longs, dates and decimals at the ends of what they hold, and defaults of every kind. */
const edges: Fields = {
  l: t.long().default(-(2n ** 63n)),
  d: t.decimal(38, 0).default('-99999999999999999999999999999999999999'),
  y: t.bytes().default(Uint8Array.from({ length: 256 }, (_, index) => index)),
  at: t.timestamp().default('9999-12-31T23:59:59.999Z'),
  day: t.date().default('0000-01-01'),
  e: t.enum('in-store', '2nd').default('2nd').alias('source'),
  r: t.record('R', { x: t.int().optional(), y: t.array(t.float()) }).default({ y: [0.5] }),
  k: t.union('kind', { a: t.record('A', {}), b: t.record('B', { n: t.long() }) }).default({ kind: 'b', n: 1n }),
  j: t.json().default({ a: [null] }),
  n: t.string().nullable().default('x').pii().describe('a "note"'),
}

if (url !== undefined) {
  test('a real registry takes the text of any declaration, gives it back, and finds it', async () => {
    const shapes = [edges, ...fc.sample(anyFields, { numRuns: 60, seed: 11 })]
    let taken = 0
    for (const fields of shapes) {
      const text = textOrNot(fields)
      if (text === undefined) continue
      const path = `/subjects/ew-avro-text-${newId()}`
      const { id } = await ask('POST', `${path}/versions`, { schema: text })
      // Some registries write the text anew, in an order of their own, and find it by ours all the same.
      assert.deepEqual(JSON.parse((await ask('GET', `/schemas/ids/${id}`)).schema), JSON.parse(text))
      assert.equal((await ask('POST', path, { schema: text })).id, id)
      taken++
    }
    assert.ok(taken > 40, String(taken))
  })
}

interface Answer {
  readonly id: number
  readonly schema: string
}

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
  const answer = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const said = await answer.text()
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${said}`)
  return JSON.parse(said) as Answer
}

function textOrNot(fields: Fields): string | undefined {
  try {
    return avroSchema('Message', shapeNode(fields), { namespace: 'ew.test' }).text
  } catch (error) {
    if (isEventwrightError(error, 'EW_SCHEMA_FORM')) return undefined
    throw error
  }
}
