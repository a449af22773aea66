import type { ShapeNode } from '../schema/node.ts'

/** Any event or command definition. Comparing two of them compares names, never data. */
export interface AnyMessage {
  readonly kind: 'event' | 'command'
  /** Unique in a system. */
  readonly type: string
  /** The version that this definition's constructor makes; from 1. */
  readonly schemaVersion: number
  readonly '~data': any
}

/** One schema version of an event. */
export interface EventVersion {
  readonly schemaVersion: number
  readonly node: ShapeNode
  /** Changes when what is stored under this version changes. */
  readonly schemaHash: string
}

/** Any event definition, with what the runtime needs of it. */
export interface AnyEvent extends AnyMessage {
  readonly kind: 'event'
  /** Oldest first; the last one is today's. */
  readonly versions: readonly EventVersion[]
  /** Paths of personal data in today's version: `customerId`, `lines[].name`, `labels.*`. */
  readonly pii: readonly string[]
  /** Today's data, as a constructor made it, as canonical JSON. */
  text(data: any): string
  /**
   * Stored JSON of a schema version as today's data: that version's codec, then every upcaster after it, each result
   * checked by the next version's schema. Stored data is not checked again; fields that the schema does not know are
   * kept. Errors: EW_EVENT_NEWER for a version above today's, EW_EVENT_CORRUPT for data that cannot be decoded or
   * upcast.
   */
  decode(schemaVersion: number, json: unknown): any
  /**
   * The same of JSON that may have come from anywhere, which is checked as the version has it. Error besides:
   * EW_VALIDATION.
   */
  restore(schemaVersion: number, json: unknown): any
}

/** Any command definition, with what the runtime needs of it. */
export interface AnyCommand extends AnyMessage {
  readonly kind: 'command'
  readonly '~in': any
  readonly '~reply': any
  readonly '~refusals': string
  readonly node: ShapeNode
  readonly pii: readonly string[]
  /** The declared refusal codes. */
  readonly refusals: readonly string[]
  /** Undefined when the command has no reply. */
  readonly reply: ReplyCodec | undefined
  /** Data, as a constructor made it, in its JSON form. */
  encode(data: any): unknown
  /** JSON from outside as data, checked. Error: EW_VALIDATION with every issue. */
  decode(json: unknown): any
  /**
   * What `encode` wrote, read back from a queue or a table: schemas of other libraries do not run twice. Error:
   * EW_VALIDATION.
   */
  restore(json: unknown): any
}

/** How the reply of a command is checked and carried. */
export interface ReplyCodec {
  readonly node: ShapeNode
  /** The canonical reply. Error: EW_VALIDATION. */
  validate(value: unknown): any
  encode(reply: any): unknown
  /** What `encode` wrote. Error: EW_VALIDATION. */
  decode(json: unknown): any
}
