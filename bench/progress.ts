import type { Progress } from './suite.ts'

const barWidth = 24

/** A bar on a terminal, lines elsewhere: one when a row begins, one when it has ended. */
export class TerminalProgress implements Progress {
  readonly #out: NodeJS.WriteStream
  #id = ''
  #steps = 0
  #done = 0
  #begunMs = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  begin(id: string, steps: number): void {
    this.end()
    this.#id = id
    this.#steps = steps
    this.#done = 0
    this.#begunMs = performance.now()
    if (this.#out.isTTY) this.#draw('')
    else this.#out.write(`${id} …\n`)
  }

  step(what = ''): void {
    this.#done = Math.min(this.#done + 1, this.#steps)
    if (this.#out.isTTY) this.#draw(what)
  }

  say(what: string): void {
    if (this.#out.isTTY) this.#draw(what)
  }

  /** Ends the row that was begun last. */
  end(): void {
    if (this.#id === '') return
    const seconds = ((performance.now() - this.#begunMs) / 1000).toFixed(1)
    this.#out.write(`${this.#out.isTTY ? '\r\x1b[2K' : ''}${this.#id} done in ${seconds} s\n`)
    this.#id = ''
  }

  #draw(what: string): void {
    const full = Math.round((barWidth * this.#done) / Math.max(1, this.#steps))
    const bar = '█'.repeat(full) + '░'.repeat(barWidth - full)
    this.#out.write(`\r\x1b[2K${bar} ${this.#done}/${this.#steps} ${this.#id} ${what}`.trimEnd())
  }
}
