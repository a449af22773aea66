import { timestampOf, type Clock } from '../base/clock.ts'
import type { OperatorOrder, OperatorOrders } from './operator-order.ts'
import { RequestRefused, toldOf, unforeseen } from './problem.ts'
import type { Job } from './wire.ts'

/** What a job tells of itself while it runs. */
export interface JobProgress {
  /** Aborts when somebody cancels it, or the process ends. */
  readonly signal: AbortSignal
  at(done: number, total: number): void
  /** Something that it has found; the first hundred are kept. */
  found(what: string): void
}

/** What a job does. */
export interface JobWork {
  readonly unit: string
  readonly canCancel: boolean
  /** Answers how it ended, in a sentence. */
  run(progress: JobProgress): Promise<string>
}

type Open = { -readonly [name in keyof Job]: Job[name] } & { findings: string[] }

interface Kept {
  readonly job: Open
  readonly cancelling: AbortController
  readonly ended: Promise<void>
}

const mostJobs = 200
const mostRunning = 8
const mostFindings = 100

/**
 * Work that outlives the request that has begun it. What runs is in memory; that it was begun, by whom and why, and how
 * it ended, are events of the store, which are noted by whoever starts it here.
 */
export class Jobs {
  readonly #clock: Clock
  readonly #orders: OperatorOrders
  readonly #report: (error: unknown) => void
  readonly #kept = new Map<string, Kept>()
  readonly #closing = new AbortController()

  constructor(clock: Clock, orders: OperatorOrders, report: (error: unknown) => void) {
    this.#clock = clock
    this.#orders = orders
    this.#report = report
  }

  /** The newest first. */
  list(): readonly Job[] {
    return [...this.#kept.values()].map(({ job }) => shown(job)).reverse()
  }

  get(id: string): Job | undefined {
    const kept = this.#kept.get(id)
    return kept && shown(kept.job)
  }

  get running(): number {
    return [...this.#kept.values()].filter(({ job }) => job.state === 'running').length
  }

  /** Begins work for an order that was noted. Refused while too many run. */
  start(order: OperatorOrder, { unit, canCancel, run }: JobWork): Job {
    if (this.#closing.signal.aborted) throw new RequestRefused('too_many', 'The console closes.')
    if (this.running >= mostRunning) throw new RequestRefused('too_many', `${mostRunning} jobs run; wait for one.`)
    const { id, what, of, who, why } = order
    const startedAt = timestampOf(this.#clock.now())
    const job: Open = { id, what, of, who, why, state: 'running', startedAt, unit, canCancel, findings: [] }
    const cancelling = new AbortController()
    const signal = AbortSignal.any([cancelling.signal, this.#closing.signal])
    const progress: JobProgress = {
      signal,
      at(done, total) {
        job.done = done
        job.total = total
      },
      found(what) {
        if (job.findings.length < mostFindings) job.findings.push(what)
      },
    }
    const ended = this.#run(order, job, cancelling.signal, () => run(progress))
    this.#kept.set(id, { job, cancelling, ended })
    this.#drop()
    return shown(job)
  }

  /** Breaks a job off. */
  async cancel(id: string): Promise<Job | undefined> {
    const kept = this.#kept.get(id)
    if (kept === undefined) return undefined
    if (kept.job.state === 'running') {
      if (!kept.job.canCancel)
        throw new RequestRefused('bad_request', 'It cannot be broken off: the store goes on with it.')
      kept.cancelling.abort()
      await kept.ended
    }
    return shown(kept.job)
  }

  /** Breaks off what runs and waits for it. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([...this.#kept.values()].map(({ ended }) => ended))
  }

  async #run(order: OperatorOrder, job: Open, cancelled: AbortSignal, work: () => Promise<string>): Promise<void> {
    const end = (state: Job['state'], outcome: string): void => {
      job.endedAt = timestampOf(this.#clock.now())
      job.outcome = outcome
      job.state = state
    }
    try {
      const outcome = await work()
      const isCut = cancelled.aborted || this.#closing.signal.aborted
      const told = isCut ? `broken off: ${outcome}` : outcome
      await this.#orders.end(order, { outcome: told, answer: { outcome: told } })
      end(isCut ? 'cancelled' : 'done', told)
    } catch (error) {
      const why = toldOf(error)
      if (why === unforeseen) this.#report(error)
      end('failed', why)
      await this.#orders.fail(order, why).catch(this.#report)
    }
  }

  #drop(): void {
    for (const [id, { job }] of this.#kept) {
      if (this.#kept.size <= mostJobs) return
      if (job.state !== 'running') this.#kept.delete(id)
    }
  }
}

function shown({ findings, ...job }: Open): Job {
  const canCancel = job.canCancel && job.state === 'running'
  return { ...job, canCancel, ...(findings.length > 0 && { findings: [...findings] }) }
}
