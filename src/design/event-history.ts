import { errorText } from '../base/error-text.ts'
import { failure } from '../base/errors.ts'
import { parseTimestamp } from '../base/timestamp.ts'
import type { Shape, Timestamp } from '../schema/field.ts'
import { describeIssues, type Issue } from '../schema/issue.ts'
import type { AnyEvent } from './definition.ts'
import { knownFields } from './known-fields.ts'
import { makeMessage } from './message.ts'
import { personalData } from './personal-data.ts'
import { shapeCodec, type ShapeCodec } from './shape-codec.ts'

/** The definition of version 1 of an event: a constructor with `next`. Errors: EW_DESIGN, EW_SCHEMA_FOREIGN. */
export function eventHistory(type: string, fields: Shape): AnyEvent {
  return definitionOf(type, [{ codec: shapeCodec(fields, `event ${type}, version 1`), upcast: undefined }])
}

interface Version {
  readonly codec: ShapeCodec
  /** From the version before; undefined for the first. */
  readonly upcast: ((previous: any) => unknown) | undefined
}

function definitionOf(type: string, history: readonly Version[]): AnyEvent {
  const schemaVersion = history.length
  const { codec } = history.at(-1)!
  const what = `The data of event ${type}`
  const define = (data: unknown, options?: { readonly occurredAt?: Timestamp }): unknown =>
    makeMessage(define as unknown as AnyEvent, codec.make(data, what), occurredAt(type, options?.occurredAt))
  const versions = history.map(({ codec: { node, schemaHash } }, index) =>
    Object.freeze({ schemaVersion: index + 1, node, schemaHash }),
  )
  const members: Omit<AnyEvent, '~data'> & { next: unknown } = {
    kind: 'event',
    type,
    schemaVersion,
    versions: Object.freeze(versions),
    pii: personalData(codec.node),
    text: codec.text,
    decode(version, json) {
      if (version === schemaVersion) return codec.plain ? json : codec.decode(json)
      return upcast(type, history, version, (written) => written.decode(json))
    },
    restore(version, json) {
      if (version === schemaVersion) return codec.restore(json, what)
      return upcast(type, history, version, (written) => written.restore(json, what))
    },
    next(fields: Shape, upcaster: (previous: any) => unknown) {
      const next = shapeCodec(fields, `event ${type}, version ${schemaVersion + 1}`)
      if (typeof upcaster !== 'function') {
        throw failure('EW_DESIGN', `Version ${schemaVersion + 1} of event ${type} has no upcaster.`)
      }
      return definitionOf(type, [...history, { codec: next, upcast: upcaster }])
    },
  }
  Object.defineProperty(define, 'name', { value: type })
  return Object.freeze(Object.assign(define, members)) as unknown as AnyEvent
}

function occurredAt(type: string, given: Timestamp | undefined): Timestamp | undefined {
  if (given === undefined) return undefined
  const canonical = typeof given === 'string' ? parseTimestamp(given) : null
  if (canonical !== null) return canonical
  const issue: Issue = { path: ['occurredAt'], expected: 'timestamp (an ISO instant)', got: String(given).slice(0, 60) }
  throw failure('EW_VALIDATION', `The business time of event ${type} is not valid.\n${describeIssues([issue])}\n`, {
    details: { issues: [issue] },
  })
}

function upcast(
  type: string,
  history: readonly Version[],
  version: number,
  read: (written: ShapeCodec) => unknown,
): unknown {
  const today = history.length
  if (version > today) {
    throw failure(
      'EW_EVENT_NEWER',
      `A stored event ${type} has schema version ${version}; this release knows ${today}.`,
      {
        details: { type, schemaVersion: version, known: today },
      },
    )
  }
  if (!Number.isInteger(version) || version < 1) {
    throw failure('EW_EVENT_CORRUPT', `A stored event ${type} has the impossible schema version ${version}.`, {
      details: { type, schemaVersion: version },
    })
  }
  let data = read(history[version - 1]!.codec)
  for (let index = version; index < today; index++) data = step(type, history[index]!, index, data)
  return data
}

/** One upcaster. What it passes on of fields that its version does not know is dropped; the rest must match. */
function step(type: string, { codec, upcast }: Version, from: number, data: unknown): unknown {
  try {
    return codec.make(knownFields(codec.node, upcast!(data)), `The result of the upcaster to version ${from + 1}`)
  } catch (cause) {
    const { details = {} } = cause as { details?: Readonly<Record<string, unknown>> }
    const why = errorText(cause)
    throw failure(
      'EW_EVENT_CORRUPT',
      `A stored event ${type} cannot be brought from version ${from} to ${from + 1}: ${why}`,
      {
        details: { type, from, to: from + 1, issues: details['issues'] },
        cause,
      },
    )
  }
}
