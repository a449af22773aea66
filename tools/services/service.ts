/** Says what happens meanwhile; never on stdout, which is for `eval`. */
export type Say = (sentence: string) => void

/** What is known of a service. */
export interface Status {
  /** The process that serves; undefined when it does not run. */
  readonly pid: number | undefined
  /** Where it answers; undefined before its first start. */
  readonly url: string | undefined
  /** Where its data lie; undefined before its first start. */
  readonly home: string | undefined
}

/** A server that this project starts for its tests. `folder` keeps what is known of it from one command to the next. */
export interface Service {
  readonly name: string
  /** The environment variable by which tests find it. */
  readonly variable: string
  /** Whether it can be started without a download. */
  isHere(): boolean
  /** Starts it unless it runs, waits until it answers, and says where. */
  start(folder: string, say: Say): Promise<string>
  /** Ends it; false when it did not run. */
  stop(folder: string): Promise<boolean>
  status(folder: string): Status
}
