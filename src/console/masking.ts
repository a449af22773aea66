import type { ShapeNode, FieldNode } from '../schema/node.ts'
import { masked, type Json } from './wire.ts'

/** The JSON form of a value of a shape, with personal data masked. What the shape does not know stays. */
export function maskShape(node: ShapeNode, json: Json): Json {
  return walk(node, json, () => masked)
}

/** Whether a shape has personal data anywhere. */
export function isPersonal(node: ShapeNode): boolean {
  if (node.kind === 'fields') return node.fields.some((field) => isPersonal(field.node))
  if (node.pii !== undefined) return true
  switch (node.kind) {
    case 'array':
    case 'map':
      return isPersonal(node.of)
    case 'record':
      return node.fields.some((field) => isPersonal(field.node))
    case 'union':
      return node.variants.some(({ record }) => isPersonal(record))
    default:
      return false
  }
}

/** What somebody made of masked data, with what was masked put back where it was left as it is. */
export function unmaskShape(node: ShapeNode, edited: Json, original: Json): Json {
  if (isLeftMasked(node, edited)) return original
  const inner = (name: string): Json => (isObject(original) ? (original[name] ?? null) : null)
  switch (node.kind) {
    case 'fields':
    case 'record':
      return isObject(edited)
        ? mapObject(edited, (name, value) => {
            const field = node.fields.find((each) => each.name === name)
            return field === undefined ? value : unmaskShape(field.node, value, inner(name))
          })
        : edited
    case 'map':
      return isObject(edited) ? mapObject(edited, (name, value) => unmaskShape(node.of, value, inner(name))) : edited
    case 'array': {
      const before = Array.isArray(original) ? (original as readonly Json[]) : []
      return Array.isArray(edited)
        ? (edited as readonly Json[]).map((value, index) => unmaskShape(node.of, value, before[index] ?? null))
        : edited
    }
    case 'union': {
      const variant = variantOf(node, edited)
      return variant === undefined ? edited : unmaskShape(variant, edited, original)
    }
    default:
      return edited
  }
}

function isLeftMasked(node: ShapeNode, edited: Json): boolean {
  return node.kind !== 'fields' && node.pii !== undefined && edited === masked
}

/**
 * Values of personal data, so that they can be taken out of what has no shape: a state, a text that tells why something
 * failed. A value that was changed on its way, cut or put into capitals for example, is found in texts whatever its
 * case is, and otherwise not.
 */
export class PersonalValues {
  readonly #values = new Set<Json>()
  #texts: RegExp | undefined | null = null

  /** Takes the personal data out of a value of a shape. */
  add(node: ShapeNode, json: Json): void {
    walk(node, json, (value) => {
      this.#take(value)
      return value
    })
    this.#texts = null
  }

  /** A text without the values. */
  maskText(text: string): string {
    const found = this.#pattern()
    return found === undefined ? text : text.replace(found, masked)
  }

  /** JSON of any form without the values. */
  mask(json: Json): Json {
    if (typeof json === 'string') return this.#values.has(json) ? masked : this.maskText(json)
    if (typeof json === 'number') return this.#values.has(json) ? masked : json
    if (Array.isArray(json)) return (json as readonly Json[]).map((each) => this.mask(each))
    if (!isObject(json)) return json
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [this.maskText(name), this.mask(value)]))
  }

  #take(json: Json): void {
    if (typeof json === 'string' || typeof json === 'number') this.#values.add(json)
    else if (Array.isArray(json)) for (const each of json as readonly Json[]) this.#take(each)
    else if (isObject(json)) for (const each of Object.values(json)) this.#take(each)
  }

  /** Texts of one or two characters would be found everywhere. */
  #pattern(): RegExp | undefined {
    if (this.#texts !== null) return this.#texts
    const texts = [...this.#values].filter((value) => typeof value === 'string' && value.length > 2) as string[]
    const longestFirst = texts.sort((a, b) => b.length - a.length).map(escaped)
    return (this.#texts = longestFirst.length === 0 ? undefined : new RegExp(longestFirst.join('|'), 'giu'))
  }
}

/** Gives every personal value of a shape to `change`, which answers what takes its place; null stays. */
function walk(node: ShapeNode, json: Json, change: (value: Json) => Json): Json {
  if (node.kind !== 'fields' && node.pii !== undefined) return json === null ? null : change(json)
  switch (node.kind) {
    case 'fields':
    case 'record':
      return isObject(json)
        ? mapObject(json, (name, value) => {
            const field = node.fields.find((each) => each.name === name)
            return field === undefined ? value : walk(field.node, value, change)
          })
        : json
    case 'map':
      return isObject(json) ? mapObject(json, (_, value) => walk(node.of, value, change)) : json
    case 'array':
      return Array.isArray(json) ? (json as readonly Json[]).map((each) => walk(node.of, each, change)) : json
    case 'union': {
      const variant = variantOf(node, json)
      return variant === undefined ? json : walk(variant, json, change)
    }
    default:
      return json
  }
}

function variantOf({ tag, variants }: Extract<FieldNode, { kind: 'union' }>, json: Json): ShapeNode | undefined {
  return isObject(json) ? variants.find(({ value }) => value === json[tag])?.record : undefined
}

function mapObject(
  json: { readonly [name: string]: Json },
  change: (name: string, value: Json) => Json,
): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, change(name, value)]))
}

function isObject(json: Json): json is { readonly [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, (sign) => `\\${sign}`)
}
