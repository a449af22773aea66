/** Something that keeps declarations from fitting together. */
export interface Finding {
  /** Stable, for filters: `owner-missing`. */
  readonly code: string
  /** The declaration: `service orders, projection orders`. */
  readonly where: string
  readonly what: string
  readonly remedy: string
}
