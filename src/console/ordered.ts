import type { Call } from './call.ts'
import type { JobWork } from './jobs.ts'
import type { OperatorOrder } from './operator-order.ts'
import { toldOf } from './problem.ts'
import type { Done, Job, Json } from './wire.ts'

/** What is asked for: in words that stay, what it is about, and the rest of it. */
export interface Asked {
  readonly what: string
  readonly of: string
  readonly asked?: Json
}

/** How a short order ended: in a sentence, and what else is answered. */
export interface Answered {
  readonly outcome: string
  readonly answer?: Json
}

/**
 * Carries out a short order: notes it with who and why, does it, notes how it ended. Under the same key it is answered
 * as it ended before; one that failed, or whose end nobody has noted, is done again, so what is done must bear that.
 */
export async function ordered(
  call: Call,
  asked: Asked,
  work: () => Promise<Answered>,
): Promise<Answered & { readonly repeated: boolean }> {
  const order: OperatorOrder = { ...call.order, ...asked }
  const { orders } = call.operate
  const noted = await orders.begin(order)
  if (noted.ended !== undefined) return { ...noted.ended, repeated: true }
  try {
    const { outcome, answer = null } = await work()
    await orders.end(order, { outcome, answer })
    return { outcome, answer, repeated: noted.repeated }
  } catch (error) {
    await orders.fail(order, toldOf(error)).catch(() => undefined)
    throw error
  }
}

/** The same for orders of which nothing but the sentence is answered. */
export async function done(call: Call, asked: Asked, work: () => Promise<string>): Promise<Done> {
  const { outcome, repeated } = await ordered(call, asked, async () => ({ outcome: await work() }))
  return { outcome, repeated }
}

/** Begins a long order: noted, then done by a job that outlives the request; under the same key it is the same job. */
export async function begun(call: Call, asked: Asked, work: JobWork): Promise<Job> {
  const order: OperatorOrder = { ...call.order, ...asked }
  const known = call.jobs.get(order.id)
  const noted = await call.operate.orders.begin(order)
  if (known !== undefined) return known
  if (noted.ended === undefined) return call.jobs.start(order, work)
  const { what, of, who, why, id } = order
  const { unit } = work
  return { id, what, of, who, why, state: 'done', startedAt: '', unit, outcome: noted.ended.outcome, canCancel: false }
}
