import { failure } from '../../base/errors.ts'
import { handlerText } from '../parking/handler-text.ts'
import { personalTexts } from '../telemetry/personal-texts.ts'
import { mailBody, originOfMeta } from './mail.ts'
import { decideProcess, effectsOfProcess, evolveProcess, processDueAtMs } from '../sagas/process-core.ts'
import type { ProcessEffect, ProcessInput, ProcessState } from '../sagas/process.ts'
import type { Core, RunnerEffect } from './core.ts'
import type { ProcessRunnerOptions } from './options.ts'

/** Processes as instances of a runner: what they ask for is sent, and nobody waits for an answer. */
export function processInstances({ process }: ProcessRunnerOptions): Core<ProcessState, ProcessInput> {
  return {
    name: process.name,
    version: process.version,
    handlers: handlerText.process(process),
    due: { kind: 'due' },
    restart: undefined,
    decide(before, input, { nowMs }) {
      const { events, ...decision } = decideProcess(process, before, input, nowMs)
      if (events.length === 0) return { ...decision, events, state: before, effects: [] }
      const state = events.reduce<ProcessState | undefined>(evolveProcess, before)!
      return { ...decision, events, state, effects: effectsOfProcess(before, events, state).flatMap(toldOf) }
    },
    summary: (state) => ({
      definitionVersion: state.version,
      // Between two events it only waits.
      status: state.ended ? 'ended' : 'waiting',
      closed: state.ended,
      dueAtMs: processDueAtMs(state),
    }),
    waitsAt: () => undefined,
    asked: () => undefined,
    read(mail) {
      if (mail.kind !== 'event') return undefined
      const { type, schemaVersion, data, meta } = mailBody({ ...mail, kind: mail.kind })
      const input = { kind: 'event' as const, processId: mail.address, type, schemaVersion, data, meta }
      return { input, awaited: false, origin: originOfMeta(meta) }
    },
    async perform(effect) {
      throw failure('EW_DESIGN', `The process ${process.name} was asked to ${effect.kind} ${effect.key} here.`)
    },
    alert: () => undefined,
    personal: (_state, told) =>
      told.flatMap((input) => {
        const reaction = process.reactions.find((each) => input.kind === 'event' && each.event.type === input.type)
        return input.kind === 'event' && reaction !== undefined ? personalTexts(reaction.event.pii, input.data) : []
      }),
  }
}

function toldOf(effect: ProcessEffect): readonly RunnerEffect[] {
  return effect.kind === 'send' ? [{ ...effect, kind: 'tell' }] : []
}
