import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One side of a comparison. It is opened once, in a process of its own, and then measured again and again. */
export interface Variant {
  /** Works for about so many milliseconds, or as long as its one piece of work takes, and answers what it has done. */
  measure(forMs: number): Promise<Measured>
  /** Checks that everything it has answered is really there, and closes. Rejects when it is not. */
  close(): Promise<void>
}

export interface Measured {
  /** In the unit of the row. */
  readonly value: number
  readonly details?: Readonly<Record<string, number | string>>
}

/** Where the code of a variant is: a module whose `open(folder, options)` answers a `Variant`. */
export interface VariantModule {
  /** A file of this folder, for example `store/append-ours.ts`. */
  readonly file: string
  readonly options?: Readonly<Record<string, number | string | boolean>>
  /** Flags for Node, for example `--expose-gc`. */
  readonly flags?: readonly string[]
}

/** What a variant's process is asked. */
export type Request =
  | { readonly do: 'open'; readonly file: string; readonly folder: string; readonly options: VariantModule['options'] }
  | { readonly do: 'measure'; readonly forMs: number }
  | { readonly do: 'close' }

/** What it answers. */
export type Answer =
  { readonly ok: true; readonly measured?: Measured } | { readonly ok: false; readonly problem: string }

const host = fileURLToPath(new URL('./variant-host.ts', import.meta.url))

/** A variant in its own process, so that no side's heap, caches or compiled code are the other's. */
export class VariantProcess implements Variant {
  readonly #child: ChildProcess
  readonly #name: string
  #said = ''

  private constructor(child: ChildProcess, name: string) {
    this.#child = child
    this.#name = name
    child.stderr?.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-4_000)))
  }

  /** Starts the process and opens the variant in a folder of its own below `folder`. */
  static async open(module: VariantModule, name: string, folder: string): Promise<VariantProcess> {
    const own = join(folder, name)
    mkdirSync(own, { recursive: true })
    const execArgv = [...process.execArgv, ...profileFlags(name), ...(module.flags ?? [])]
    const child = fork(host, [], { execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const variant = new VariantProcess(child, name)
    try {
      await variant.#ask({ do: 'open', file: module.file, folder: own, options: module.options ?? {} })
    } catch (error) {
      child.kill()
      throw error
    }
    return variant
  }

  async measure(forMs: number): Promise<Measured> {
    const { measured } = await this.#ask({ do: 'measure', forMs })
    if (measured === undefined) throw new Error(`${this.#name} measured nothing.`)
    return measured
  }

  async close(): Promise<void> {
    await this.#ask({ do: 'close' })
    this.#child.disconnect()
    if (this.#child.exitCode === null) await new Promise((resolve) => this.#child.once('exit', resolve))
  }

  /** Ends the process without asking it. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #ask(request: Request): Promise<Extract<Answer, { ok: true }>> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        child.off('message', onAnswer)
        child.off('exit', onExit)
      }
      const onAnswer = (answer: Answer): void => {
        settle()
        answer.ok ? resolve(answer) : reject(new Error(`${this.#name}: ${answer.problem}`))
      }
      const onExit = (code: number | null): void => {
        settle()
        reject(new Error(`${this.#name} ended with ${code} instead of answering "${request.do}".\n${this.#said}`))
      }
      child.on('message', onAnswer)
      child.on('exit', onExit)
      child.send(request)
    })
  }
}

/** `EVENTWRIGHT_BENCH_PROFILE=FOLDER` writes a CPU profile of every variant there. */
function profileFlags(name: string): readonly string[] {
  const folder = process.env['EVENTWRIGHT_BENCH_PROFILE']
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`] : []
}
