import { failure } from '../base/errors.ts'
import type { Shape } from '../schema/field.ts'
import type { AnyCommand, ReplyCodec } from './definition.ts'
import { makeMessage } from './message.ts'
import { personalData } from './personal-data.ts'
import { shapeCodec, type ShapeCodec } from './shape-codec.ts'
import { frozenList } from './tables.ts'

/** The definition of a command: a constructor with `replies` and `refuses`. Errors: EW_DESIGN, EW_SCHEMA_FOREIGN. */
export function commandDefinition(type: string, fields: Shape): AnyCommand {
  return definitionOf(type, shapeCodec(fields, `command ${type}`), undefined, [])
}

function definitionOf(
  type: string,
  codec: ShapeCodec,
  reply: ReplyCodec | undefined,
  refusals: readonly string[],
): AnyCommand {
  const what = `The data of command ${type}`
  const define = (data: unknown): unknown =>
    makeMessage(define as unknown as AnyCommand, codec.make(data, what), undefined)
  const members: Omit<AnyCommand, '~data' | '~in' | '~reply' | '~refusals'> & { replies: unknown; refuses: unknown } = {
    kind: 'command',
    type,
    schemaVersion: 1,
    node: codec.node,
    pii: personalData(codec.node),
    refusals,
    reply,
    encode: codec.encode,
    decode: (json) => codec.make(codec.decode(json), what),
    restore: (json) => codec.restore(json, what),
    replies: (shape: Shape) => definitionOf(type, codec, replyCodec(type, shape), refusals),
    refuses: (...codes: readonly string[]) => definitionOf(type, codec, reply, declarable(type, codes)),
  }
  Object.defineProperty(define, 'name', { value: type })
  return Object.freeze(Object.assign(define, members)) as unknown as AnyCommand
}

function replyCodec(type: string, shape: Shape): ReplyCodec {
  const codec = shapeCodec(shape, `the reply of command ${type}`)
  const what = `The reply of command ${type}`
  return Object.freeze({
    node: codec.node,
    validate: (value: unknown) => codec.make(value, what),
    encode: codec.encode,
    decode: (json: unknown) => codec.restore(json, what),
  })
}

/** What participants of sagas answer by themselves; see `runtime/sagas/input.ts`. */
const engineRefusals: ReadonlySet<string> = new Set(['expired', 'undone'])

function declarable(type: string, codes: readonly string[]): readonly string[] {
  const taken = codes.find((code) => engineRefusals.has(code))
  if (taken === undefined) return frozenList(codes)
  throw failure(
    'EW_DESIGN',
    `The command ${type} cannot refuse with "${taken}", which sagas use for refusals of their own.`,
  )
}
