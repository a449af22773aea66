import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { isGone } from '../../../tools/services/gone.ts'
import { patienceMs } from '../../fixtures/patience.ts'

test('a process is gone when it has ended, whether or not somebody took note', async (t) => {
  assert.equal(isGone(process.pid), false)
  // The shell starts a child that ends, and becomes a program that takes no note of it.
  const parent = spawn('/bin/sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.after(() => parent.kill('SIGKILL'))
  const [said] = (await once(parent.stdout, 'data')) as [Buffer]
  const deadline = performance.now() + patienceMs
  while (!isGone(Number(said)) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(isGone(Number(said)), true)
  const ended = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
  const { pid } = ended
  await once(ended, 'exit')
  assert.equal(isGone(pid!), true)
})
