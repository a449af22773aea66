/** Why a reader of one schema cannot read what a writer of another has written. */
export interface Incompatibility {
  /** The field, as the reader calls it: `lines[].price`; empty for the whole message. */
  readonly path: string
  /** The rule that is broken, as a word for programs. */
  readonly rule: string
  /** The same in plain words. */
  readonly what: string
}
