import { failedStep, type AnySaga, type RetryPlan } from '../../design/sagas/definition.ts'
import { stepNamed } from '../../runtime/sagas/scope.ts'

/** How a participant behaves towards all attempts of one request. */
export interface Manner {
  /** As people read it: "the participant …". */
  readonly name: string
  readonly result: 'done' | 'failed' | { readonly refused: string; readonly final: boolean }
  /**
   * When it takes notice of the request, and when its answer comes: at once, when asked again, after the step was given
   * up.
   */
  readonly hears: When
  readonly answers: When
  /** Asked again, it refuses with this, although it has not taken notice of the first request yet. */
  readonly refusesAgain?: string
}

type When = 'now' | 'again' | 'late' | 'never'

const works: Manner = { name: 'answers', result: 'done', hears: 'now', answers: 'now' }
const failsOnce: Manner = { name: 'fails once', result: 'failed', hears: 'now', answers: 'now' }
const fails: Manner = { name: 'always fails', result: 'failed', hears: 'now', answers: 'now' }
const missesOne: Manner = { name: 'misses the first request', result: 'done', hears: 'again', answers: 'now' }
const answersAgain: Manner = { name: 'acts, its first answer is lost', result: 'done', hears: 'now', answers: 'again' }
const silent: Manner = { name: 'never hears of it', result: 'done', hears: 'never', answers: 'never' }
const actsLate: Manner = { name: 'hears of it after it was given up', result: 'done', hears: 'late', answers: 'now' }
const mute: Manner = { name: 'acts and never answers', result: 'done', hears: 'now', answers: 'never' }
const answersLate: Manner = {
  name: 'acts, answers after it was given up',
  result: 'done',
  hears: 'now',
  answers: 'late',
}

// Only a function does: a participant keeps its refusal and says it again. A pivot must not: nothing could undo it.
const refusesAndActs: Manner = {
  name: 'refuses when asked again, then acts on the first request',
  result: 'done',
  hears: 'late',
  answers: 'now',
  refusesAgain: 'refused',
}

/** Whether a manner changes after the first request. */
export function isOnce(manner: Manner): boolean {
  return manner === failsOnce
}

/** Every manner towards a request of that saga. Nobody fails for ever where the saga asks for ever. */
export function mannersOf(saga: AnySaga, step: string, action: 'do' | 'undo'): readonly Manner[] {
  const known = stepNamed(saga, step)
  const refusals = refusalsOf(saga, step, action)
  if (known === undefined || known.kind === 'wait') {
    return [works, ...refusals, failsOnce, missesOne, answersAgain]
  }
  const plan = action === 'undo' ? undoRetry(saga, step) : known.retry
  const endless = plan === undefined || plan.maxAttempts === 'forever'
  const twice = plan === undefined || plan.maxAttempts === 'forever' || plan.maxAttempts > 1
  const passing = twice ? [failsOnce, missesOne, answersAgain] : []
  const local = action === 'undo' ? known.undo?.kind === 'local' : known.kind === 'local'
  if (local) return [works, ...refusals, ...(twice ? [failsOnce] : []), ...(endless ? [] : [fails, actsLate])]
  if (endless) return [works, ...refusals, ...passing]
  if (action === 'undo') return [works, ...refusals, ...passing, fails, mute]
  const wavering = known.kind === 'do' && known.phase === 'before' && twice ? [refusesAndActs] : []
  return [works, ...refusals, ...passing, fails, silent, actsLate, mute, answersLate, ...wavering]
}

/** One refusal that ends the step, and one that is asked again, where the command declares them. */
function refusalsOf(saga: AnySaga, step: string, action: 'do' | 'undo'): readonly Manner[] {
  const known = stepNamed(saga, step)
  const refuses = (code: string, final: boolean): Manner => ({
    name: `refuses with ${code}`,
    result: { refused: code, final },
    hears: 'now',
    answers: 'now',
  })
  if (known === undefined || known.kind === 'wait') return step === failedStep ? [refuses('refused', true)] : []
  if (action === 'undo') {
    const codes = known.undo?.kind === 'call' ? known.undo.command.refusals : []
    return codes.slice(0, 1).map((code) => refuses(code, true))
  }
  const codes = known.kind === 'call' ? known.command.refusals : ['refused']
  const { finalRefusals, maxAttempts } = known.retry
  const final = codes.find((code) => finalRefusals?.includes(code) ?? true)
  const passing = maxAttempts === 'forever' ? undefined : codes.find((code) => finalRefusals?.includes(code) === false)
  return [
    ...(final === undefined ? [] : [refuses(final, true)]),
    ...(passing === undefined ? [] : [refuses(passing, false)]),
  ]
}

function undoRetry(saga: AnySaga, step: string): RetryPlan | undefined {
  const known = stepNamed(saga, step)
  if (known === undefined || known.kind === 'wait' || known.undo === undefined || known.undo.kind === 'none')
    return undefined
  return known.undo.retry
}
