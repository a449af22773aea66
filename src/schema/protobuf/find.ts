import type { ParsedEnum, ParsedMessage, ParsedProto } from './parse.ts'

/** A type that a field names. */
export type FoundType =
  | { readonly kind: 'message'; readonly fullName: string; readonly path: readonly ParsedMessage[] }
  | { readonly kind: 'enum'; readonly fullName: string; readonly type: ParsedEnum }

/**
 * The type that a field of the innermost message of `path` names, by Protobuf's rule: looked for from the inside out.
 * Undefined for a scalar and for a type of another file.
 */
export function findType(file: ParsedProto, path: readonly ParsedMessage[], name: string): FoundType | undefined {
  const parts = name.split('.')
  for (let depth = path.length; depth >= 0; depth--) {
    const found = within(file, path.slice(0, depth), parts)
    if (found !== undefined) return found
  }
  const prefix = file.package === '' ? '' : `${file.package}.`
  return prefix !== '' && name.startsWith(prefix) ? within(file, [], name.slice(prefix.length).split('.')) : undefined
}

/** The message of that full name in a file, with those around it. */
export function findMessage(file: ParsedProto, fullName: string): readonly ParsedMessage[] | undefined {
  const found = findType(file, [], fullName)
  return found?.kind === 'message' ? found.path : undefined
}

/** The message at a place of a file as message indexes say it. */
export function messageAt(file: ParsedProto, index: readonly number[]): readonly ParsedMessage[] | undefined {
  const path: ParsedMessage[] = []
  let inside = file.messages
  for (const place of index) {
    const message = inside[place]
    if (message === undefined) return undefined
    path.push(message)
    inside = message.messages
  }
  return path
}

function within(file: ParsedProto, path: readonly ParsedMessage[], parts: readonly string[]): FoundType | undefined {
  let scope: Pick<ParsedMessage, 'messages' | 'enums'> = path.at(-1) ?? file
  let inner = path
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1) {
      const type = scope.enums.find((each) => each.name === part)
      if (type !== undefined) return { kind: 'enum', fullName: nameOf(file, inner, part), type }
    }
    const message = scope.messages.find((each) => each.name === part)
    if (message === undefined) return undefined
    inner = [...inner, message]
    scope = message
  }
  return { kind: 'message', fullName: nameOf(file, inner), path: inner }
}

function nameOf(file: ParsedProto, path: readonly ParsedMessage[], last?: string): string {
  const names = [...path.map(({ name }) => name), ...(last === undefined ? [] : [last])]
  return [...(file.package === '' ? [] : [file.package]), ...names].join('.')
}
