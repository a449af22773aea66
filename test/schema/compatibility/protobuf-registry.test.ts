import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newId } from '../../../src/base/ids.ts'
import { compatibilityFindings, type CompatibilityMode } from '../../../src/schema/compatibility/compatibility.ts'
import { protobufEvolution, type ProtobufEdit } from '../../fixtures/protobuf-evolution.ts'
import { registryUrl } from '../../fixtures/registry.ts'
import { protobufOf } from '../../fixtures/protobuf-schema.ts'
import { anyFields, seeded } from '../arbitrary-shape.ts'

const evolutions = 200
const atOnce = 6
const modes: readonly CompatibilityMode[] = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
]

/** What the registry refuses in every direction and we allow: docs/schemas.md says why. */
const stricter: ReadonlySet<ProtobufEdit> = new Set(['rename field', 'make optional', 'widen number'])

/** What it refuses where the older text reads, because it asks the older text to reserve what the newer has added. */
const stricterForward: ReadonlySet<ProtobufEdit> = new Set([
  'add field',
  'change number',
  'remove field',
  'remove field and reserve it',
  'remove field and reserve its number',
  'remove value and reserve it',
  'remove variant and reserve it',
  'use reserved number',
  'use reserved name',
  'withdraw reserved number',
])

/** What it refuses in a message that no field uses any more. */
const stricterElsewhere: ReadonlySet<ProtobufEdit> = new Set(['remove field', 'remove field and reserve its number'])

/** What we refuse and it allows. */
const laxer: ReadonlySet<ProtobufEdit> = new Set(['remove variant and reserve it'])

function isExplained(edits: readonly ProtobufEdit[], mode: CompatibilityMode, theirs: boolean): boolean {
  if (theirs) return edits.some((edit) => laxer.has(edit))
  const withForward = !mode.startsWith('BACKWARD')
  const isGone = edits.some((edit) => edit.startsWith('remove field'))
  return edits.some(
    (edit) =>
      stricter.has(edit) || (withForward && stricterForward.has(edit)) || (isGone && stricterElsewhere.has(edit)),
  )
}

interface Answer {
  readonly is_compatible?: boolean
  readonly id?: number
}

const url = registryUrl()
if (url !== undefined) {
  const ask = async (method: string, path: string, body: unknown): Promise<Answer> => {
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
    const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) })
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
    return JSON.parse(text) as Answer
  }

  test('verdicts over Protobuf schemas are those of a real registry, but for differences that are explained', async () => {
    const counts = { same: 0, yes: 0, no: 0, apart: 0 }
    const unexplained: string[] = []
    const one = async (seed: number): Promise<void> => {
      const { older, newer, edits } = protobufEvolution(seeded(seed * 104_729))
      const subject = `ew-protobuf-${seed}-${newId()}`
      const schemaType = 'PROTOBUF'
      await ask('PUT', `/config/${subject}`, { compatibility: 'NONE' })
      for (const schema of older) await ask('POST', `/subjects/${subject}/versions`, { schema, schemaType })
      for (const mode of modes) {
        const isTransitive = mode.endsWith('_TRANSITIVE')
        await ask('PUT', `/config/${subject}`, { compatibility: mode })
        // Without a version it compares with all of them, whatever the mode.
        const path = `/compatibility/subjects/${subject}/versions${isTransitive ? '' : '/latest'}`
        const { is_compatible: theirs } = await ask('POST', path, { schema: newer, schemaType })
        const ours = compatibilityFindings({ format: 'PROTOBUF', mode, older, newer })
        if ((ours.length === 0) === theirs) {
          counts.same++
          counts[theirs ? 'yes' : 'no']++
          continue
        }
        counts.apart++
        const done = (isTransitive ? edits : edits.slice(-1)).flat()
        if (isExplained(done, mode, theirs === true)) continue
        unexplained.push([`${mode}: theirs ${theirs}, ours ${JSON.stringify(ours)}`, done, ...older, newer].join('\n'))
      }
    }
    let next = 1
    const worker = async (): Promise<void> => {
      while (next <= evolutions) await one(next++)
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    assert.deepEqual(unexplained.slice(0, 3), [], `${unexplained.length} verdicts differ: ${JSON.stringify(counts)}`)
    assert.equal(counts.same + counts.apart, evolutions * modes.length)
    assert.ok(counts.same > counts.apart * 2 && counts.yes > 200 && counts.no > 200, JSON.stringify(counts))
  })

  test('a real registry takes the text of every declaration and gives its id back for it', async () => {
    for (const [index, fields] of fc.sample(anyFields, { numRuns: 60, seed: 3 }).entries()) {
      const { text: schema } = protobufOf(fields)
      const path = `/subjects/ew-protobuf-text-${index}-${newId()}`
      const { id } = await ask('POST', `${path}/versions`, { schema, schemaType: 'PROTOBUF' })
      assert.equal((await ask('POST', path, { schema, schemaType: 'PROTOBUF' })).id, id, schema)
    }
  })
}
