import assert from 'node:assert/strict'
import test from 'node:test'
import { newId } from '../../../src/base/ids.ts'
import { compatibilityFindings, type CompatibilityMode } from '../../../src/schema/compatibility/compatibility.ts'
import { avroEvolution } from '../../fixtures/avro-evolution.ts'
import { registryUrl } from '../../fixtures/registry.ts'
import { seeded } from '../arbitrary-shape.ts'

const evolutions = 200
const modes: readonly CompatibilityMode[] = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
]

const url = registryUrl()
if (url !== undefined) {
  const ask = async (method: string, path: string, body: unknown): Promise<{ is_compatible?: boolean }> => {
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
    const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) })
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
    return JSON.parse(text) as { is_compatible?: boolean }
  }

  const publish = async (subject: string, texts: readonly string[]): Promise<void> => {
    for (const schema of texts) {
      await ask('POST', `/subjects/${subject}/versions`, { schema, schemaType: 'AVRO' })
      // Some registries know no settings of a subject that is not there yet.
      await ask('PUT', `/config/${subject}`, { compatibility: 'NONE' })
    }
  }
  const verdict = async (subject: string, mode: CompatibilityMode, newer: string): Promise<boolean | undefined> => {
    await ask('PUT', `/config/${subject}`, { compatibility: mode })
    // Asked about the whole subject, Apicurio compares with every version whatever the mode.
    const versions = mode.endsWith('_TRANSITIVE') ? 'versions' : 'versions/latest'
    const path = `/compatibility/subjects/${subject}/${versions}`
    return (await ask('POST', path, { schema: newer, schemaType: 'AVRO' })).is_compatible
  }

  test('verdicts over Avro schemas are those of a real registry in every mode', async () => {
    const counts = new Map(modes.map((mode) => [mode, { yes: 0, no: 0 }]))
    const apart: string[] = []
    const compare = async (seed: number): Promise<void> => {
      const { older, newer } = avroEvolution(seeded(seed * 104_729))
      const subject = `ew-avro-${seed}-${newId()}`
      await publish(subject, older)
      for (const mode of modes) {
        const theirs = await verdict(subject, mode, newer)
        const ours = compatibilityFindings({ format: 'AVRO', mode, older, newer })
        counts.get(mode)![theirs === true ? 'yes' : 'no']++
        if ((ours.length === 0) === theirs) continue
        apart.push([`seed ${seed} ${mode}: theirs ${theirs}, ours ${JSON.stringify(ours)}`, ...older, newer].join('\n'))
      }
    }
    const seeds = usableSeeds()
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let seed = seeds.pop(); seed !== undefined; seed = seeds.pop()) await compare(seed)
      }),
    )
    assert.deepEqual(apart.slice(0, 3), [], `${apart.length} verdicts differ: ${JSON.stringify([...counts])}`)
    for (const [mode, { yes, no }] of counts) {
      assert.ok(mode === 'NONE' ? yes === evolutions : yes >= 10 && no >= 10, `${mode}: ${yes} yes, ${no} no`)
    }
  })

  test('where our rules are stricter than the registry, the same bytes would be another value', async () => {
    const withField = (type: unknown): string =>
      JSON.stringify({ type: 'record', name: 'Price', fields: [{ name: 'f', type }] })
    const decimal = (precision: number, scale: number): unknown => ({
      type: 'bytes',
      logicalType: 'decimal',
      precision,
      scale,
    })
    const logical = (type: string, logicalType: string): unknown => ({ type, logicalType })
    const rows: readonly (readonly [string, unknown, unknown, string])[] = [
      ['scale', decimal(10, 2), decimal(10, 3), 'decimal-scale'],
      ['precision', decimal(10, 2), decimal(8, 2), 'decimal-precision'],
      ['bytes', decimal(10, 2), 'bytes', 'logical-type'],
      ['unit', logical('long', 'timestamp-micros'), logical('long', 'timestamp-millis'), 'logical-type'],
      ['instant', 'long', logical('long', 'timestamp-millis'), 'logical-type'],
      ['uuid', 'string', logical('string', 'uuid'), 'logical-type'],
      ['json', 'string', { type: 'string', 'eventwright.kind': 'json' }, 'logical-type'],
      ['constant', 'int', { type: 'int', 'eventwright.const': 1 }, 'constant'],
    ]
    for (const [name, before, after, rule] of rows) {
      const [older, newer] = [withField(before), withField(after)]
      const subject = `ew-avro-strict-${name}-${newId()}`
      await publish(subject, [older])
      assert.equal(await verdict(subject, 'BACKWARD', newer), true, name)
      const findings = compatibilityFindings({ format: 'AVRO', mode: 'BACKWARD', older: [older], newer })
      assert.deepEqual(
        findings.map((finding) => finding.rule),
        [rule],
        name,
      )
    }
  })
}

/** A registry gives a text that it has already its old place, so that another one would be the latest. */
function usableSeeds(): number[] {
  const seeds: number[] = []
  for (let seed = 1; seeds.length < evolutions; seed++) {
    const { older, newer } = avroEvolution(seeded(seed * 104_729))
    if (new Set([...older, newer]).size > older.length) seeds.push(seed)
  }
  return seeds
}
