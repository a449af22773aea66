import { streamHash } from '../../base/hash.ts'
import { newId } from '../../base/ids.ts'
import { canonicalJson, type Json } from '../../base/json.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { SagaRow } from '../../ports/sagas.ts'
import type { NewEvent } from '../../ports/stored-event.ts'
import type { Append, Unit } from '../../ports/unit-of-work.ts'
import { derivedChannelName } from '../../design/composition/derived-channels.ts'
import { commandMessage, type SentCommand } from '../messages/command-message.ts'
import { encodeOrigin, eventChecksum, originWithin, type Origin } from '../log/event-encoding.ts'
import type { Core, Performed, RunnerEffect, Summary } from './core.ts'
import type { Draft } from './draft.ts'
import { stateText, type Instance } from './instances.ts'
import type { RunnerOptions } from './options.ts'

type UnitOptions = Pick<RunnerOptions, 'service' | 'ownerOf'>

/** Everything that commits together. Errors: EW_JSON and EW_TEXT for values that cannot be written, EW_DESIGN. */
export function unitOf<S, I>(
  options: UnitOptions,
  name: string,
  { before, after, events, origins, effects, causes, used, nowMs, within }: Draft<S, I>,
  summary: Summary | undefined,
): OwnPart {
  const mailUsed = used.flatMap(({ mail }) => mail ?? [])
  if (summary === undefined) return { mailUsed }
  const { id } = before
  let meta = ''
  const encoded = events.map((event, index) => {
    // Mostly all of them come from the same.
    if (origins[index] !== origins[index - 1]) meta = encodeOrigin(originWithin(origins[index]!, within))
    return engineEvent(event, id, meta, nowMs)
  })
  const causeOf = (index: number): Origin => causedBy(originWithin(origins[index]!, within), encoded[index])
  return {
    appends: [appendOf(before, encoded)],
    sagas: [rowOf(options, name, after, summary)],
    mailUsed,
    outbox: effects.flatMap((effect, index) => messageOf(options, id, effect, causeOf(causes[index]!), nowMs) ?? []),
  }
}

/** The unit of an instance, and what its local steps have recorded, by what became of them. Errors: as theirs. */
export async function partsOf<S, I>(
  options: UnitOptions,
  { name, summary }: Pick<Core<S, I>, 'name' | 'summary'>,
  draft: Draft<S, I>,
): Promise<Parts<I>> {
  const own = unitOf(options, name, draft, draft.events.length > 0 ? summary(draft.after.state!) : undefined)
  const works = draft.recorded.flatMap(({ performed }) => (performed?.work === undefined ? [] : [performed]))
  const units = await Promise.all(works.map(async (performed) => [performed, await performed.work!.unit()] as const))
  return { own, steps: new Map(units) }
}

/** What commits of an instance itself. */
export type OwnPart = Omit<Unit, 'positions'>

/** What is to be committed of an instance and its local steps. */
export interface Parts<I> {
  readonly own: OwnPart
  readonly steps: ReadonlyMap<Performed<I>, Omit<Unit, 'positions'>>
}

/** Where a command comes from that is executed here: from the last event of the unit that asks for it. */
export function causeIn({ appends }: OwnPart, origin: Origin): Origin {
  return causedBy(origin, appends?.[0]?.events.at(-1))
}

/** What comes from an event of an instance; without one from what has started the instance. */
export function causedBy(origin: Origin, event: { readonly id: string } | undefined): Origin {
  return event === undefined ? origin : { ...origin, causationId: event.id }
}

/** All of it as one unit. */
export function together({ own, steps }: Parts<unknown>): Omit<Unit, 'positions'> {
  if (steps.size === 0) return own
  const units = [own, ...steps.values()]
  return {
    ...own,
    appends: units.flatMap(({ appends }) => appends ?? []),
    rows: units.flatMap(({ rows }) => rows ?? []),
    statements: units.flatMap(({ statements }) => statements ?? []),
    snapshots: units.flatMap(({ snapshots }) => snapshots ?? []),
    outbox: units.flatMap(({ outbox }) => outbox ?? []),
    timers: units.flatMap(({ timers }) => timers ?? []),
  }
}

/** Whether a command leaves by the outbox; a step's command of the saga's own service is executed here. */
export function leaves({ service, ownerOf }: UnitOptions, effect: RunnerEffect): boolean {
  return effect.kind === 'tell' || (effect.kind === 'send' && ownerOf(effect.command) !== service)
}

function appendOf<S>({ id: stream, version: expected }: Instance<S>, events: readonly NewEvent[]): Append {
  return { stream, hash: streamHash(stream), partition: 1, expected, events }
}

/** An event of the engine: its type is no name that a design can declare. */
function engineEvent(event: { readonly type: string }, stream: string, meta: string, nowMs: number): NewEvent {
  const { type: name, ...rest } = event
  const id = newId()
  const type = `ew.${name}`
  const data = canonicalJson(rest)
  const checksum = eventChecksum(id, stream, type, 1, data, meta)
  return { id, type, schemaVersion: 1, occurredAtMs: nowMs, data, meta, checksum }
}

function rowOf<S>({ service }: UnitOptions, saga: string, after: Instance<S>, summary: Summary): SagaRow {
  const { id, version, startedAtMs } = after
  const state = stateText(after.state as object, after.origin!)
  return { id, saga, service, ...summary, version, state, startedAtMs }
}

function messageOf(
  options: UnitOptions,
  id: string,
  effect: RunnerEffect,
  origin: Origin,
  nowMs: number,
): OutboxMessage | undefined {
  if (!leaves(options, effect) || !('command' in effect)) return undefined
  const { command: type, data, key: idempotencyKey } = effect
  const command: SentCommand = { type, data: canonicalJson(data satisfies Json), idempotencyKey, key: id, origin }
  const owner = options.ownerOf(type)
  if (effect.kind === 'tell') return commandMessage(options.service, owner, command, nowMs)
  const { undoes, deadlineAtMs, attemptMs, finalRefusals, reply } = effect
  const replyTo = { channel: derivedChannelName(options.service, 'replies'), key: id, address: JSON.stringify(reply) }
  const terms = { undoes, deadlineAtMs, attemptMs, finalRefusals }
  return commandMessage(options.service, owner, { ...command, replyTo, terms }, nowMs)
}
