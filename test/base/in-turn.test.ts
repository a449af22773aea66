import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn } from '../../src/base/in-turn.ts'

test('everything is done in its order whatever fails, and the first failure is the one that is told', async () => {
  const done: number[] = []
  const failing = inTurn(
    () => void done.push(1),
    () => {
      throw new Error('first')
    },
    async () => {
      await new Promise((resolve) => setImmediate(resolve))
      done.push(2)
      throw new Error('second')
    },
    () => void done.push(3),
  )
  await assert.rejects(failing, /first/)
  assert.deepEqual(done, [1, 2, 3])
})
