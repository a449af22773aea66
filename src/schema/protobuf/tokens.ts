import { failure } from '../../base/errors.ts'

/** The tokens of a `.proto` text, without white space and comments. */
export interface Tokens {
  /** The next token; undefined at the end. Texts come with their quotes. */
  peek(): string | undefined
  next(): string
  /** Takes the token when it is the next one. */
  take(token: string): boolean
  expect(token: string): void
  /** Takes everything up to a `;` or over a block, whichever ends the statement. */
  skipStatement(): void
  /** Takes options `[ … ]` when they come next. */
  skipOptions(): void
  fail(problem: string): Error
}

const token = /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|[\w.]+|[^\s\w]/y

/** Cuts a text into tokens. Error: EW_SCHEMA_TEXT. */
export function tokensOf(text: string): Tokens {
  const list: { readonly text: string; readonly at: number }[] = []
  token.lastIndex = 0
  for (let at = 0; at < text.length; at = token.lastIndex) {
    const found = token.exec(text)?.[0]
    if (found === undefined) throw problemAt(text, at, 'a character that is no part of Protobuf')
    if (!/^(?:\s|\/\/|\/\*)/.test(found)) list.push({ text: found, at })
  }
  let place = 0
  const tokens: Tokens = {
    peek: () => list[place]?.text,
    next() {
      const found = list[place++]
      if (found === undefined) throw problemAt(text, text.length, 'the text ends in the middle')
      return found.text
    },
    take(wanted) {
      if (list[place]?.text !== wanted) return false
      place++
      return true
    },
    expect(wanted) {
      const at = place
      if (tokens.next() !== wanted) {
        place = at
        throw tokens.fail(`expected ${wanted}`)
      }
    },
    skipStatement() {
      for (let depth = 0; ;) {
        const found = tokens.next()
        if (found === '{') depth++
        if (found === '}') depth--
        if (depth === 0 && (found === ';' || found === '}')) return
      }
    },
    skipOptions() {
      if (!tokens.take('[')) return
      for (let depth = 1; depth > 0;) {
        const found = tokens.next()
        if (found === '[') depth++
        if (found === ']') depth--
      }
    },
    fail: (problem) => problemAt(text, list[place]?.at ?? text.length, problem),
  }
  return tokens
}

function problemAt(text: string, at: number, problem: string): Error {
  const line = text.slice(0, at).split('\n').length
  return failure('EW_SCHEMA_TEXT', `Line ${line} of a .proto text: ${problem}.`)
}
