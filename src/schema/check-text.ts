import { canonicalDecimal, decimal } from '../base/decimal.ts'
import { formatDuration, parseDuration } from '../base/duration.ts'
import { isStorable, textFault } from '../base/text.ts'
import { isDateText, parseTimestamp } from '../base/timestamp.ts'
import { boundWords, expectedOf, lengthWords } from './expected.ts'
import type { DecimalNode, EnumNode, FieldNode, TextNode } from './node.ts'
import { addIssue, addIssueAt, type Check, type Run } from './run.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Text with its bounds and pattern. */
export function textCheck(node: TextNode, masked: boolean): Check {
  const { min = 0, max = Infinity } = node
  const pattern = node.pattern === undefined ? null : new RegExp(node.pattern, 'u')
  const words = min > 0 || max < Infinity ? `string ${lengthWords(node, 'character', 'characters')}` : 'string'
  return (value, run) => {
    if (typeof value !== 'string') return addIssue(run, 'string', value, masked)
    if (!isStorable(value)) return addUnstorable(run, value)
    if (value.length < min || value.length > max) return addIssue(run, words, value, masked)
    if (pattern !== null && !pattern.test(value)) return addIssue(run, `string that matches ${pattern}`, value, masked)
    return value
  }
}

/** Text that cannot be stored; the text itself is shown to nobody. */
export function addUnstorable(run: Run, text: string): undefined {
  addIssueAt(run, [], 'text without U+0000 and lone surrogates', `a text with ${textFault(text)}`)
}

/** A UUID of any version; upper case is accepted and becomes lower case. */
export function uuidCheck(node: FieldNode, masked: boolean): Check {
  return canonicalTextCheck(node, masked, (text) => {
    if (uuid.test(text)) return text
    const lower = text.length === 36 ? text.toLowerCase() : ''
    return uuid.test(lower) ? lower : null
  })
}

/** A decimal: text only, because a number may have lost digits before it came here. */
export function decimalCheck(node: DecimalNode, masked: boolean): Check {
  const { precision, scale, min, max } = node
  const whole = canonicalTextCheck(node, masked, (text) => canonicalDecimal(text, precision, scale))
  if (min === undefined && max === undefined) return whole
  const words = `decimal(${precision}, ${scale}) ${boundWords(min, max)}`
  return (value, run) => {
    const text = whole(value, run)
    if (typeof text !== 'string') return undefined
    const inside =
      (min === undefined || decimal.compare(text, min) >= 0) && (max === undefined || decimal.compare(text, max) <= 0)
    return inside ? text : addIssue(run, words, value, masked)
  }
}

/** An instant; becomes UTC with milliseconds. */
export function timestampCheck(node: FieldNode, masked: boolean): Check {
  return canonicalTextCheck(node, masked, parseTimestamp)
}

/** A calendar date. */
export function dateCheck(node: FieldNode, masked: boolean): Check {
  return canonicalTextCheck(node, masked, (text) => (isDateText(text) ? text : null))
}

/** A duration; becomes the largest unit that divides it. */
export function durationCheck(node: FieldNode, masked: boolean): Check {
  return canonicalTextCheck(node, masked, (text) => {
    const ms = parseDuration(text)
    return ms === null ? null : formatDuration(ms)
  })
}

/** One of the declared texts. */
export function enumCheck(node: EnumNode, masked: boolean): Check {
  const values = new Set<unknown>(node.values)
  const expected = expectedOf(node)
  return (value, run) => (values.has(value) ? value : addIssue(run, expected, value, masked))
}

function canonicalTextCheck(node: FieldNode, masked: boolean, canonical: (text: string) => string | null): Check {
  const expected = expectedOf(node)
  return (value, run) => {
    const text = typeof value === 'string' ? canonical(value) : null
    return text ?? addIssue(run, expected, value, masked)
  }
}
