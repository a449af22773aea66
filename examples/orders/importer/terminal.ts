import type { ImportSummary, ImportWatcher } from './import-file.ts'

const barWidth = 28
const redrawMs = 100
const lineMs = 5_000
const mostRejected = 20

/**
 * Shows an import on the standard error stream: a bar on a terminal, a line every few seconds elsewhere. Of the
 * rejected lines it shows the first twenty, or all if asked to.
 */
export class ImportTerminal implements ImportWatcher {
  readonly #out: NodeJS.WriteStream
  readonly #showAll: boolean
  #rejected = 0
  #lastMs: number

  constructor(out: NodeJS.WriteStream, showAllRejected: boolean) {
    this.#out = out
    this.#showAll = showAllRejected
    this.#lastMs = out.isTTY ? 0 : performance.now()
  }

  progress({ phase, read, size, invoices }: Parameters<ImportWatcher['progress']>[0]): void {
    const now = performance.now()
    if (now - this.#lastMs < (this.#out.isTTY ? redrawMs : lineMs)) return
    this.#lastMs = now
    const share = size === 0 ? 1 : Math.min(1, read / size)
    const what = phase === 'reading' ? `${Math.round(100 * share)} %` : 'deciding the last orders'
    const line = `${what} · ${grouped(invoices)} invoices`
    if (!this.#out.isTTY) return void this.#out.write(`import: ${line}\n`)
    const full = Math.round(barWidth * share)
    this.#out.write(`\r\x1b[2K${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${line}`)
  }

  rejected({ line, reason }: Parameters<ImportWatcher['rejected']>[0]): void {
    this.#rejected++
    if (this.#showAll || this.#rejected <= mostRejected) this.say(`line ${line} left out: ${reason}`)
  }

  /** Writes a line where the bar is. */
  say(line: string): void {
    this.#out.write(`${this.#out.isTTY ? '\r\x1b[2K' : ''}${line}\n`)
  }

  /** Removes the bar, and says how many rejected lines were not shown. */
  end(): void {
    if (this.#out.isTTY) this.#out.write('\r\x1b[2K')
    const hidden = this.#showAll ? 0 : this.#rejected - mostRejected
    if (hidden > 0) this.say(`… and ${grouped(hidden)} more lines left out (--rejected shows all)`)
  }
}

/** The summary in one sentence. */
export function summaryLine({ orders, creditNotes, rejectedLines, new: added, durationMs }: ImportSummary): string {
  const rejected = `${grouped(rejectedLines)} rejected ${rejectedLines === 1 ? 'line' : 'lines'}`
  const seconds = (durationMs / 1000).toFixed(1)
  const held = `${grouped(orders)} orders, ${grouped(creditNotes)} credit notes, ${rejected}`
  return `${held}; new: ${grouped(added)}; ${seconds} s`
}

function grouped(count: number): string {
  return count.toLocaleString('en-GB')
}
