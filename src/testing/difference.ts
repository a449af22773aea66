import { AssertionError } from 'node:assert'
import { inspect } from 'node:util'
import { isRejection, type Rejection } from '../design/decision.ts'
import type { EventMessage } from '../design/message.ts'

/** What an assertion was about: what was expected, what came, and a sentence on top. */
export interface Difference {
  readonly what: string
  readonly expected: readonly string[]
  readonly came: readonly string[]
  /** Said below the difference, for example what was given. */
  readonly context?: readonly string[]
}

/**
 * The error of a failed expectation: the sentence, then what was expected and what came as one text in which lines that
 * are missing begin with `-` and lines that came instead with `+`.
 */
export function differs(difference: Difference, caller: Function): AssertionError {
  const { what, expected, came, context = [] } = difference
  const lines = merged(linesOf(expected), linesOf(came))
  const below = context.length === 0 ? [] : ['', ...linesOf(context)]
  return new AssertionError({
    message: [what, '- expected', '+ came', '', ...lines, ...below].join('\n'),
    expected: expected.join('\n'),
    actual: came.join('\n'),
    operator: 'expect',
    stackStartFn: caller,
  })
}

/** A message or a refusal as people read it. */
export function shownOutcome(outcome: EventMessage | Rejection): string {
  if (isRejection(outcome)) {
    return `reject(${shownValue(outcome.code)}${outcome.detail === undefined ? '' : `, ${shownValue(outcome.detail)}`})`
  }
  return shownMessage(outcome)
}

/** A message as people read it: its name, its data and, if it says so, when it happened. */
export function shownMessage(message: { type: string; data: unknown; occurredAt?: string | undefined }): string {
  const { type, data, occurredAt } = message
  const time = occurredAt === undefined ? '' : `, { occurredAt: ${shownValue(occurredAt)} }`
  return `${type}(${shownValue(data)}${time})`
}

/** Any value, one member a line where it has several. */
export function shownValue(value: unknown): string {
  return inspect(value, {
    depth: 20,
    breakLength: 80,
    compact: 1,
    sorted: true,
    maxArrayLength: 200,
    maxStringLength: 2_000,
  })
}

function linesOf(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split('\n'))
}

/** The longest common subsequence decides which lines both have. */
function merged(expected: readonly string[], came: readonly string[]): string[] {
  const common = expected.map(() => new Uint32Array(came.length + 1))
  common.push(new Uint32Array(came.length + 1))
  for (let i = expected.length - 1; i >= 0; i--) {
    for (let k = came.length - 1; k >= 0; k--) {
      common[i]![k] =
        expected[i] === came[k] ? common[i + 1]![k + 1]! + 1 : Math.max(common[i + 1]![k]!, common[i]![k + 1]!)
    }
  }
  const lines: string[] = []
  let [i, k] = [0, 0]
  while (i < expected.length || k < came.length) {
    if (i < expected.length && k < came.length && expected[i] === came[k]) {
      lines.push(`  ${expected[i]}`)
      i++
      k++
    } else if (k >= came.length || (i < expected.length && common[i + 1]![k]! >= common[i]![k + 1]!)) {
      lines.push(`- ${expected[i++]}`)
    } else {
      lines.push(`+ ${came[k++]}`)
    }
  }
  return lines
}
