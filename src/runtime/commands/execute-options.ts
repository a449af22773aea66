import type { CommandMessage } from '../../design/message.ts'

/** How a command is executed. */
export interface ExecuteOptions {
  /** The same key and command answer the first outcome; the same key with another command is EW_KEY_REUSED. */
  readonly idempotencyKey?: string
  /** Default: a new one. */
  readonly correlationId?: string
  /** Id of what caused the command; default: a new one. */
  readonly causationId?: string
  /** W3C trace context of who asks; default, where the system tells telemetry: the span that is active. */
  readonly traceparent?: string
  readonly tracestate?: string
  /** Who asks; kept in the meta of every event. */
  readonly actor?: string
  readonly tenant?: string
  /**
   * The version that the command's aggregate must have; otherwise EW_CONCURRENCY, without a retry. Not for `handle`:
   * EW_CONFIG.
   */
  readonly expectedVersion?: number
  /** Gives up between attempts. */
  readonly signal?: AbortSignal
}

/** Decides whether somebody may execute a command: answer false or throw to refuse. */
export type Authorise = (command: CommandMessage, options: ExecuteOptions) => boolean | void | Promise<boolean | void>

/** What a command comes from. */
export type Cause = Pick<
  ExecuteOptions,
  'correlationId' | 'causationId' | 'traceparent' | 'tracestate' | 'actor' | 'tenant'
>

/** The part of it that is known. */
export function causeOf(cause: { readonly [K in keyof Cause]?: Cause[K] | undefined }): Cause {
  const { correlationId, causationId, traceparent, tracestate, actor, tenant } = cause
  return {
    ...(correlationId !== undefined && { correlationId }),
    ...(causationId !== undefined && { causationId }),
    ...(traceparent !== undefined && { traceparent }),
    ...(tracestate !== undefined && { tracestate }),
    ...(actor !== undefined && { actor }),
    ...(tenant !== undefined && { tenant }),
  }
}
