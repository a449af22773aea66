import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { command, event, t } from 'eventwright'
import { process, type AnyProcess } from '../../../src/design/sagas/process.ts'
import {
  decideProcess,
  effectsOfProcess,
  evolveProcess,
  processDueAtMs,
} from '../../../src/runtime/sagas/process-core.ts'
import type { ProcessInput, ProcessState } from '../../../src/runtime/sagas/process.ts'
import { givenMeta } from '../../../src/testing/given-meta.ts'

const Did = event('Did', { id: t.string(), what: t.string(), inSeconds: t.int() })
const Act = command('Act', { what: t.string() })

/** Does what the event says: sets, cancels or ends. */
const obedient: AnyProcess = process('obedient', { initial: () => ({ met: 0 }) }).on(
  Did,
  (e) => e.id,
  (s, e) => {
    const state = { met: s.met + 1 }
    if (e.what === 'end') return { end: true }
    if (e.what.startsWith('cancel ')) return { state, after: { [e.what.slice(7)]: 'cancel' } }
    const send = Act({ what: `${e.what} ${state.met}` })
    return { state, send: [send], after: { [e.what]: { in: `${e.inSeconds}s`, send } } }
  },
)

function input(what: string, inSeconds: number, number: number): ProcessInput {
  const meta = givenMeta({ occurredAt: undefined }, { stream: 'a/1', version: number, position: number })
  const data = { id: '1', what, inSeconds }
  return { kind: 'event', processId: 'obedient/1', type: 'Did', schemaVersion: 1, data, meta }
}

test('timers fire like those of a model, keys are unique, and the state is the fold of plain JSON', () => {
  const acts = fc.array(
    fc.record({
      what: fc.constantFrom('a', 'b', 'constructor', 'cancel a', 'cancel b', 'end', 'wait', 'wait'),
      seconds: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(acts, (given) => {
      let state: ProcessState | undefined
      let nowMs = 0
      let ended = false
      let met = 0
      const sent: string[] = []
      const keys: string[] = []
      const expected: string[] = []
      const timers = new Map<string, { at: number; what: string }>()
      const tell = (message: ProcessInput): void => {
        const before = state
        const { events } = decideProcess(obedient, state, message, nowMs)
        for (const one of JSON.parse(JSON.stringify(events)) as typeof events) state = evolveProcess(state, one)
        if (state === undefined) return
        for (const effect of effectsOfProcess(before, events, state)) {
          if (effect.kind !== 'send') continue
          sent.push((effect.data as { what: string }).what)
          keys.push(effect.key)
        }
        assert.deepEqual(JSON.parse(JSON.stringify(state)), state)
      }
      for (const [index, { what, seconds }] of given.entries()) {
        if (what === 'wait') {
          nowMs += seconds * 1_000
          const due = [...timers].filter(([, { at }]) => at <= nowMs)
          due.sort(([a, first], [b, second]) => first.at - second.at || (a < b ? -1 : 1))
          for (const [name, timer] of due) {
            expected.push(timer.what)
            timers.delete(name)
          }
          tell({ kind: 'due' })
          continue
        }
        tell(input(what, seconds, index + 1))
        if (ended) continue
        met++
        if (what === 'end') {
          ended = true
          timers.clear()
        } else if (what.startsWith('cancel ')) timers.delete(what.slice(7))
        else {
          expected.push(`${what} ${met}`)
          timers.set(what, { at: nowMs + seconds * 1_000, what: `${what} ${met}` })
        }
      }
      assert.deepEqual(sent, expected)
      assert.equal(new Set(keys).size, keys.length)
      const next = Math.min(...[...timers.values()].map(({ at }) => at))
      assert.equal(state === undefined ? null : processDueAtMs(state), timers.size === 0 ? null : next)
    }),
    { numRuns: 1_000 },
  )
})

test('an instance of another version is left alone', () => {
  const { events } = decideProcess(obedient, undefined, input('a', 1, 1), 0)
  const state = events.reduce<ProcessState | undefined>((before, one) => evolveProcess(before, one), undefined)
  const decision = decideProcess({ ...obedient, version: 2 }, state, input('a', 1, 2), 0)
  assert.deepEqual([decision.answer, decision.events], ['kept', []])
  assert.match(decision.why!, /needs version 1/)
  const ended = { ...state!, ended: true }
  assert.equal(decideProcess({ ...obedient, version: 2 }, ended, input('a', 1, 2), 0).answer, 'ignored')
})

test('an event of a release that this process is behind is left for one that knows it', () => {
  const newer = { ...input('a', 1, 1), schemaVersion: 2 } as ProcessInput
  const decision = decideProcess(obedient, undefined, newer, 0)
  assert.deepEqual([decision.answer, decision.events], ['kept', []])
  assert.match(decision.why!, /schema version 2/)
})

test('what a reaction throws, or answers that is no command, is thrown', () => {
  const broken = (reaction: () => any): AnyProcess =>
    process('broken', { initial: () => 0 }).on(Did, (e) => e.id, reaction)
  const thrown = (reaction: () => any) => () => decideProcess(broken(reaction), undefined, input('a', 1, 1), 0)
  assert.throws(
    thrown(() => {
      throw new Error('not today')
    }),
    /not today/,
  )
  assert.throws(
    thrown(() => ({ send: [{ kind: 'command', type: 'Act' }] })),
    /EW_MESSAGE/,
  )
  assert.throws(
    thrown(() => ({ send: [Did({ id: '1', what: '', inSeconds: 1 })] })),
    /the event Did to send/,
  )
  assert.throws(
    thrown(() => ({ state: () => 1 })),
    /EW_JSON/,
  )
})
