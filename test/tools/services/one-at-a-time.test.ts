import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { oneAtATime } from '../../../tools/services/one-at-a-time.ts'
import { folderFor } from '../../fixtures/folder.ts'

test('works under one lock follow each other, also when one fails', async (t) => {
  const file = join(folderFor(t), 'deep/lock')
  let working = 0
  const most: number[] = []
  const work = async (n: number): Promise<number> => {
    most.push(++working)
    await new Promise((resolve) => setTimeout(resolve, 5))
    working--
    if (n === 1) throw new Error('the second one fails')
    return n
  }
  const results = await Promise.allSettled([0, 1, 2].map((n) => oneAtATime(file, () => work(n))))
  assert.deepEqual(most, [1, 1, 1])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('the lock of a process that was killed is free', async (t) => {
  const file = join(folderFor(t), 'lock')
  const module = new URL('../../../tools/services/one-at-a-time.ts', import.meta.url)
  const holding = `
    const { oneAtATime } = await import(${JSON.stringify(module.href)})
    await oneAtATime(${JSON.stringify(file)}, () => {
      console.log('held')
      return new Promise((resolve) => setTimeout(resolve, 600_000))
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', holding], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  let entered = false
  const mine = oneAtATime(file, async () => void (entered = true))
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(entered, false)
  child.kill('SIGKILL')
  await mine
  assert.equal(entered, true)
})
