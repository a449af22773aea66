import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signal } from '../../../src/base/signal.ts'
import { AtWork } from '../../../src/runtime/saga-runner/at-work.ts'
import { perform } from '../../../src/runtime/saga-runner/performing.ts'
import { listening, until } from '../running.fixture.ts'

const effect = { kind: 'send', reply: { sagaId: 'pay/1' } } as never

test('what fails beside the rounds is said, and ends no process', async (t) => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  t.after(() => process.off('unhandledRejection', note))
  const [log, stopping, atWork] = [listening(), new AbortController(), new AtWork()]
  const desk = (failing: () => Promise<never>): never =>
    ({
      options: { log, wake: signal() },
      atWork,
      core: { perform: failing, personal: () => [] },
      bundle: { bucketOf: () => stopping },
    }) as never
  const thrown = () => {
    throw new Error('at once')
  }
  perform(desk(thrown), effect, undefined, undefined as never)
  perform(
    desk(() => Promise.reject(new Error('later'))),
    effect,
    undefined,
    undefined as never,
  )
  await until('both are said', () => log.said.length + unhandled.length === 2)
  assert.deepEqual(unhandled, [])
  await until('nobody waits for it', () => !atWork.isAny)
  stopping.abort()
})
