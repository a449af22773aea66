import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deadLetterHeaders, undecodedBytes } from '../../src/ports/dead-letter.ts'

const message = { channel: 'c', partition: 3, offset: 9, atMs: 0, key: 'k', id: 'i', headers: '{}', value: 'AAE=' }

test('an error of any length and of half characters is a header that every broker takes', () => {
  const facts = {
    reason: 'poison',
    attempts: 2,
    errorType: 'E',
    errorMessage: '😀'.repeat(900),
    failedAtMs: 1,
  } as const
  const headers = deadLetterHeaders(message, 'g', { ...facts, errorMessage: `x${facts.errorMessage}` })
  const said = headers['ew-dl-error-message']!
  assert.deepEqual([said.length, said.isWellFormed()], [1_000, true])
  assert.equal(headers['ew-dl-offset'], '9')
})

test('the bytes of what was not decoded are known, and of nothing else', () => {
  const of = (headers: string) => undecodedBytes({ ...message, headers })
  assert.deepEqual([...of('{"ew_undecoded":"why"}')!], [0, 1])
  for (const headers of ['{}', 'null', '7', 'no JSON', '[]']) assert.equal(of(headers), undefined, headers)
})
