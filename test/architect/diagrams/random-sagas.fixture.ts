import { command, event, saga, t } from 'eventwright'
import fc from 'fast-check'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'

const Began = event('TripBegan', { tripId: t.string() })
const Cleared = event('PaymentCleared', { tripId: t.string() })
const Reserve = command('ReserveRoom', { tripId: t.string() }).refuses('full')
const Release = command('ReleaseRoom', { tripId: t.string() })
const GiveUp = command('GiveUpTrip', { tripId: t.string() })

const id = ({ tripId }: { readonly tripId: string }): string => tripId
const made = ({ input }: { readonly input: { readonly tripId: string } }): { readonly tripId: string } => input
const wait = { event: Cleared, by: id, correlate: () => '1', within: '10m' }

/** Every kind of step before the pivot, by the methods that declare them. */
export const stepsBefore: Readonly<Record<string, readonly [method: string, options: object]>> = {
  call: ['call', { call: Reserve, with: made, undoCall: Release, undoWith: made, attemptTimeout: '5s' }],
  asked: ['call', { call: Reserve, with: made, noUndo: 'nothing was taken' }],
  done: ['step', { do: () => 1, undo: () => undefined, deadline: '1h' }],
  read: ['step', { do: () => 1, noUndo: 'read-only' }],
  local: ['local', { do: () => 1, undo: () => undefined, retry: { maxAttempts: 1 } }],
  wait: ['waitFor', { ...wait, onTimeout: 'fail' }],
  pause: ['waitFor', { ...wait, onTimeout: 'continue' }],
}
const pivots: Readonly<Record<string, readonly [method: string, options: object]>> = {
  call: ['pivotCall', { call: Reserve, with: made }],
  done: ['pivot', { do: () => 1 }],
  local: ['pivotLocal', { do: () => 1 }],
}
const stepsAfter: Readonly<Record<string, readonly [method: string, options: object]>> = {
  call: ['finishCall', { call: Reserve, with: made }],
  done: ['finish', { do: () => 1 }],
  pause: ['waitFor', { ...wait, onTimeout: 'continue' }],
}

/** Sagas of any length and of every kind of step, with a pivot and a failure that is recorded or without. */
export const anySaga: fc.Arbitrary<AnySaga> = fc
  .record({
    before: fc.array(fc.constantFrom(...Object.keys(stepsBefore)), { maxLength: 12 }),
    pivot: fc.option(fc.constantFrom(...Object.keys(pivots)), { nil: undefined }),
    after: fc.array(fc.constantFrom(...Object.keys(stepsAfter)), { maxLength: 6 }),
    deadline: fc.option(fc.constant('2h'), { nil: undefined }),
    isRecorded: fc.boolean(),
    name: fc.stringMatching(/^[a-z]{1,60}$/),
  })
  .map(({ before, pivot, after, deadline, isRecorded, name }) => {
    const steps = [
      ...before.map((kind) => stepsBefore[kind]!),
      ...(pivot === undefined ? [] : [pivots[pivot]!, ...after.map((kind) => stepsAfter[kind]!)]),
    ]
    // The types know which step may follow which; here chance says so.
    let built: any = saga('trip', { startedBy: Began, id, ...(deadline !== undefined && { deadline: '2h' as const }) })
    steps.forEach(([method, options], at) => (built = built[method](`${name}-${at}`, options)))
    return isRecorded ? built.failed(({ input }: { input: { tripId: string } }) => GiveUp(input)) : built
  })
