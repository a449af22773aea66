import assert from 'node:assert/strict'
import test from 'node:test'
import {
  compatibilityFindings,
  findingText,
  type CompatibilityMode,
} from '../../../src/schema/compatibility/compatibility.ts'

const schema = (...fields: readonly string[]): string =>
  JSON.stringify({ type: 'record', name: 'R', fields: fields.map((name) => ({ name, type: 'int' })) })
const found = (mode: CompatibilityMode, older: readonly string[], newer: string): readonly string[] =>
  compatibilityFindings({ format: 'AVRO', mode, older, newer }).map(
    ({ direction, version, path }) => `${direction} ${version} ${path}`,
  )

test('each mode asks in its direction, and of its versions', () => {
  const older = [schema('a', 'b'), schema('a'), schema('a', 'c')]
  const newer = schema('a', 'd')
  const backward = ['backward 1 d', 'backward 2 d', 'backward 3 d']
  const forward = ['forward 1 b', 'forward 3 c']
  assert.deepEqual(found('NONE', older, newer), [])
  assert.deepEqual(found('BACKWARD', older, newer), ['backward 3 d'])
  assert.deepEqual(found('BACKWARD_TRANSITIVE', older, newer), backward)
  assert.deepEqual(found('FORWARD', older, newer), ['forward 3 c'])
  assert.deepEqual(found('FORWARD_TRANSITIVE', older, newer), forward)
  assert.deepEqual(found('FULL', older, newer), ['backward 3 d', 'forward 3 c'])
  assert.deepEqual(found('FULL_TRANSITIVE', older, newer).toSorted(), [...backward, ...forward])
})

test('the first schema of a subject is compatible with everything', () => {
  for (const mode of ['BACKWARD', 'FULL_TRANSITIVE'] as const) assert.deepEqual(found(mode, [], schema('a')), [])
})

test('a finding is told as a sentence', () => {
  const question = { format: 'AVRO', mode: 'FULL', older: [schema('a')], newer: schema('b') } as const
  assert.deepEqual(compatibilityFindings(question).map(findingText), [
    'The new schema cannot read what version 1 wrote: b: it is read but not written, and has no default.',
    'Version 1 cannot read what the new schema writes: a: it is read but not written, and has no default.',
  ])
})
