import type { Clock } from '../base/clock.ts'

/** Where text goes. */
export interface Output {
  readonly isTerminal: boolean
  /** Characters that fit into a line. */
  readonly columns: number
  /** Resolves when the reader can take more; never rejects, also when the reader has gone. */
  write(text: string): Promise<void>
}

/** Everything that a command touches of the process it runs in, so that a test can stand in for it. */
export interface Io {
  /** What was asked for. */
  readonly stdout: Output
  /** What is said besides: progress, log lines, errors. */
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths begin at. */
  readonly folder: string
  readonly clock: Clock
  /** Aborted when the process is asked to end, or when nobody reads the output any more. */
  readonly stop: AbortSignal
}

/** One run of the command line. */
export interface Run {
  readonly io: Io
  /** What the process ends with unless something fails: 0, or 1 when a check found something. */
  exitCode: 0 | 1
  /** Whether the command was asked for JSON. */
  json: boolean
}
