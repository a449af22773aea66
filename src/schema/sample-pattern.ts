import { failure } from '../base/errors.ts'
import type { TextNode } from './node.ts'
import { pick, wholeWithin, type Random } from './random.ts'

const attempts = 200
const word = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'
const digit = '0123456789'
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))

/**
 * A text that matches the node's pattern and bounds: literals, `.`, classes, `\d \w \s`, groups, alternatives and
 * quantifiers are read; `^`, `$` and `\b` are left to chance. Throws `EW_DESIGN` for anything else, and when no match
 * of the right length turns up.
 */
export function sampleOfPattern(node: TextNode, random: Random): string {
  const source = node.pattern as string
  const expression = new RegExp(source, 'u')
  const { min = 0, max = Infinity } = node
  for (let attempt = 0; attempt < attempts; attempt++) {
    const text = new PatternReader(source, random).read()
    if (text.length >= min && text.length <= max && expression.test(text)) return text
  }
  throw failure('EW_DESIGN', `No text was found that matches ${String(expression)} and its bounds.`)
}

/** Reads a pattern once from left to right and writes one of its texts on the way. */
class PatternReader {
  readonly #source: readonly string[]
  readonly #random: Random
  #at = 0

  constructor(source: string, random: Random) {
    this.#source = [...source]
    this.#random = random
  }

  read(): string {
    const text = this.#alternatives()
    if (this.#at < this.#source.length) throw this.#beyond()
    return text
  }

  #alternatives(): string {
    const choices = [this.#sequence()]
    while (this.#take('|')) choices.push(this.#sequence())
    return pick(choices, this.#random)
  }

  #sequence(): string {
    let text = ''
    while (this.#at < this.#source.length && this.#source[this.#at] !== '|' && this.#source[this.#at] !== ')') {
      text += this.#repeated()
    }
    return text
  }

  /** What is repeated is read again from its start every time, so that each repetition differs. */
  #repeated(): string {
    const start = this.#at
    const first = this.#atom()
    const times = this.#quantifier()
    const after = this.#at
    let text = times > 0 ? first : ''
    for (let count = 1; count < times; count++) {
      this.#at = start
      text += this.#atom()
    }
    this.#at = after
    return text
  }

  #quantifier(): number {
    let bounds: readonly [number, number] = [1, 1]
    if (this.#take('?')) bounds = [0, 1]
    else if (this.#take('*')) bounds = [0, 4]
    else if (this.#take('+')) bounds = [1, 5]
    else if (this.#take('{')) bounds = this.#counts()
    else return 1
    this.#take('?')
    return wholeWithin(bounds[0], bounds[1], this.#random)
  }

  #counts(): readonly [number, number] {
    const [least, most] = this.#until('}').split(',')
    const min = Number(least)
    return [min, most === undefined ? min : most === '' ? min + 4 : Number(most)]
  }

  #atom(): string {
    const character = this.#next()
    switch (character) {
      case '^':
      case '$':
        return ''
      case '.':
        return pick(printable, this.#random)
      case '[':
        return this.#class()
      case '(':
        return this.#group()
      case '\\':
        return this.#escape()
      default:
        return character
    }
  }

  #group(): string {
    if (this.#take('?') && !this.#take(':')) {
      if (!this.#take('<') || this.#source[this.#at] === '=' || this.#source[this.#at] === '!') throw this.#beyond()
      this.#until('>')
    }
    const text = this.#alternatives()
    if (!this.#take(')')) throw this.#beyond()
    return text
  }

  #escape(): string {
    const character = this.#next()
    if (character === 'b') return ''
    const set = setOf(character)
    if (set !== null) return pick(set, this.#random)
    if (/[A-Za-z0-9]/.test(character) && !'nrt'.includes(character)) throw this.#beyond()
    return literal(character)
  }

  #class(): string {
    const negated = this.#take('^')
    const members = new Set<string>()
    while (!this.#take(']')) this.#addMember(members)
    const choices = negated ? printable.filter((character) => !members.has(character)) : [...members]
    if (choices.length === 0) throw this.#beyond()
    return pick(choices, this.#random)
  }

  #addMember(members: Set<string>): void {
    const first = this.#member(members)
    if (first === null || this.#source[this.#at] !== '-' || this.#source[this.#at + 1] === ']') return
    this.#at++
    const last = this.#member(members)
    if (last === null) throw this.#beyond()
    const [from, to] = [first.codePointAt(0) as number, last.codePointAt(0) as number]
    for (let point = from; point <= Math.min(to, from + 200); point++) members.add(String.fromCodePoint(point))
  }

  /** Adds one member and returns it; null when it was a whole set such as `\d`. */
  #member(members: Set<string>): string | null {
    const character = this.#next()
    if (character !== '\\') {
      members.add(character)
      return character
    }
    const escaped = this.#next()
    const set = setOf(escaped)
    for (const each of set ?? [literal(escaped)]) members.add(each)
    return set === null ? literal(escaped) : null
  }

  #take(character: string): boolean {
    if (this.#source[this.#at] !== character) return false
    this.#at++
    return true
  }

  #next(): string {
    const character = this.#source[this.#at++]
    if (character === undefined) throw this.#beyond()
    return character
  }

  #until(end: string): string {
    let text = ''
    for (let character = this.#next(); character !== end; character = this.#next()) text += character
    return text
  }

  #beyond(): Error {
    return failure('EW_DESIGN', `No sample can be made for the pattern /${this.#source.join('')}/u.`)
  }
}

function setOf(escape: string): readonly string[] | null {
  switch (escape) {
    case 'd':
      return [...digit]
    case 'w':
      return [...word]
    case 's':
      return [' ', '\t']
    case 'D':
      return printable.filter((character) => !digit.includes(character))
    case 'W':
      return printable.filter((character) => !word.includes(character))
    case 'S':
      return printable.filter((character) => character !== ' ')
    default:
      return null
  }
}

function literal(escape: string): string {
  return escape === 'n' ? '\n' : escape === 'r' ? '\r' : escape === 't' ? '\t' : escape
}
