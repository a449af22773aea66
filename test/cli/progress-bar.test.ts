import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'node:test'
import { progressBar, type ProgressBar } from '../../src/cli/progress-bar.ts'
import type { Run } from '../../src/cli/io.ts'

interface Shown {
  readonly bar: ProgressBar
  readonly said: string[]
  passes(ms: number): void
}

function shown(isTerminal: boolean, json = false): Shown {
  const said: string[] = []
  let nowMs = 1_000_000
  const stderr = { isTerminal, write: (text: string) => void said.push(stripVTControlCharacters(text).trim()) }
  const io = { stderr, env: {}, clock: { now: () => nowMs } }
  return { bar: progressBar({ io, json } as unknown as Run, 'building'), said, passes: (ms) => void (nowMs += ms) }
}

test('a line for every tenth says how far it is, and how long it takes yet once that is known', () => {
  const { bar, said, passes } = shown(false)
  bar.show(0, 1_000)
  for (let done = 50; done <= 1_000; done += 50) {
    passes(2_000)
    bar.show(done, 1_000)
  }
  bar.end()
  assert.deepEqual(said.slice(0, 3), [
    'building 0 % (0 of 1000)',
    'building 10 % (100 of 1000, 36s left)',
    'building 20 % (200 of 1000, 32s left)',
  ])
  assert.deepEqual(said.slice(-2), ['building 90 % (900 of 1000, 4s left)', 'building 100 % (1000 of 1000)'])
  assert.equal(said.length, 11)
})

test('the time that is left follows how fast it has gone lately', () => {
  const { bar, said, passes } = shown(true)
  const steps = (count: number, ms: number): void => {
    for (let step = 0; step < count; step++) {
      passes(ms)
      bar.show(++done, 1_000)
    }
  }
  let done = 0
  bar.show(done, 1_000)
  steps(10, 60_000)
  assert.match(said.at(-1)!, /^building ━+ 1 % 10\/1000, 16h left$/)
  steps(90, 1_000)
  assert.match(said.at(-1)!, / 10 % 100\/1000, 15m left$/)
})

test('nothing is said of the time before it has moved for a second, when it goes back, and with --json in lines', () => {
  const { bar, said, passes } = shown(true)
  bar.show(0, 10)
  passes(900)
  bar.show(1, 10)
  passes(5_000)
  bar.show(1, 20)
  bar.show(0, 20)
  assert.deepEqual(
    said.map((text) => /left/.test(text)),
    [false, false, true, false],
  )
  const lines = shown(false, true)
  lines.bar.show(5, 10)
  lines.bar.end()
  assert.deepEqual(lines.said, [])
})
