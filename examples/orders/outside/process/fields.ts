import { PartyProblem } from './answer.ts'
import { moneyPattern } from './money.ts'

/** Says what a text should have been, or nothing when it is right. */
export type FieldRule = (text: string) => string | undefined

/** A text of 1 to `longest` characters. */
export function text(longest: number): FieldRule {
  return (value) => (value.length >= 1 && value.length <= longest ? undefined : `a text of 1 to ${longest} characters`)
}

/** An amount such as `15.30`. */
export const money: FieldRule = (value) => (moneyPattern.test(value) ? undefined : 'an amount such as "15.30"')

/** One of some words. */
export function oneOf(...words: readonly string[]): FieldRule {
  return (value) => (words.includes(value) ? undefined : `one of ${words.join(', ')}`)
}

/** Reads a JSON object that has exactly the fields of `rules`, all of them texts. Error: `PartyProblem` with 400. */
export function readFields<Name extends string>(
  body: Uint8Array,
  rules: Readonly<Record<Name, FieldRule>>,
): Readonly<Record<Name, string>> {
  const fields = new Map<string, unknown>(Object.entries(parse(body)))
  const read: Record<string, string> = {}
  for (const [name, rule] of Object.entries<FieldRule>(rules)) {
    const value = fields.get(name)
    fields.delete(name)
    if (typeof value !== 'string') throw invalid(`${name} must be a text.`)
    const expected = unstorable(value) ?? rule(value)
    if (expected !== undefined) throw invalid(`${name} must be ${expected}.`)
    read[name] = value
  }
  const [unknown] = fields.keys()
  if (unknown !== undefined) throw invalid(`${JSON.stringify(unknown.slice(0, 50))} is no field of this request.`)
  return read as Record<Name, string>
}

function parse(body: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    throw new PartyProblem(400, 'bad_json', 'Send a JSON object in UTF-8.')
  }
  throw invalid('The body must be an object.')
}

// SQLite would cut a text at U+0000 and store a lone surrogate as something else.
function unstorable(value: string): string | undefined {
  return value.includes('\0') || !value.isWellFormed() ? 'free of U+0000 and of lone surrogates' : undefined
}

function invalid(detail: string): PartyProblem {
  return new PartyProblem(400, 'invalid', detail)
}
