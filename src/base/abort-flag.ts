/**
 * Whether a signal has fired. To ask a signal that is made of many others asks all of them, every time; this one is
 * told. It keeps such a signal in memory until that fires or `leave` is called.
 */
export class AbortFlag {
  readonly #signal: AbortSignal
  readonly #note = (): void => {
    this.#isRaised = true
    this.#heard?.()
  }
  readonly #heard: (() => void) | undefined
  #isRaised: boolean

  /** `heard` is called when it fires later. */
  constructor(signal: AbortSignal, heard?: () => void) {
    this.#signal = signal
    this.#heard = heard
    this.#isRaised = signal.aborted
    signal.addEventListener('abort', this.#note, { once: true })
  }

  get isRaised(): boolean {
    return this.#isRaised
  }

  /** Listens no longer. */
  leave(): void {
    this.#signal.removeEventListener('abort', this.#note)
  }
}
