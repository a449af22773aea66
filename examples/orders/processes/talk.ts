import type { ChildProcess } from 'node:child_process'
import type { Invoice } from '../importer/import-rule.ts'
import type { History } from '../importer/take-over.ts'

type Method = keyof History
type Asked = { readonly ask: number; readonly method: Method; readonly invoice: Invoice }
type Answered = { readonly answer: number; readonly value?: unknown; readonly error?: string }
type Told = { readonly url: string }

/** Tells the parent where this process listens. */
export function tellUrl(url: string): void {
  process.send?.({ url } satisfies Told)
}

/** Answers what the parent asks about history. */
export function answerAsked(history: History): void {
  process.on('message', ({ ask, method, invoice }: Asked) => {
    const answer = (rest: Omit<Answered, 'answer'>): unknown =>
      process.connected && process.send!({ answer: ask, ...rest })
    history[method](invoice).then(
      (value) => answer({ value }),
      (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
    )
  })
}

/** One running process of a service, as its parent sees it. */
export class Line {
  readonly #child: ChildProcess
  readonly #open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #asked = 0

  constructor(child: ChildProcess, onUrl: (url: string) => void) {
    this.#child = child
    child.on('message', (message: Told | Answered) => ('url' in message ? onUrl(message.url) : this.#answered(message)))
    child.on('exit', () => {
      for (const { reject } of this.#open.values()) reject(new ProcessDied())
      this.#open.clear()
    })
  }

  /** Asks, once. Errors: `ProcessDied`; what the process says. */
  ask(method: Method, invoice: Invoice): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) return reject(new ProcessDied())
      const ask = ++this.#asked
      this.#open.set(ask, { resolve, reject })
      this.#child.send({ ask, method, invoice } satisfies Asked)
    })
  }

  #answered({ answer, value, error }: Answered): void {
    const asked = this.#open.get(answer)
    this.#open.delete(answer)
    if (error === undefined) asked?.resolve(value)
    else asked?.reject(new Error(error))
  }
}

/** The process ended before it answered. */
export class ProcessDied extends Error {}
