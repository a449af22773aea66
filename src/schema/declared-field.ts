import { failure } from '../base/errors.ts'
import { describeValue } from '../base/json-value.ts'
import { isStorable } from '../base/text.ts'
import { nodeCodec } from './codec.ts'
import { compileNode, type Validator } from './compile.ts'
import { bounded, matching, ofLength, withUniqueItems } from './constraint.ts'
import type { OwnStandardProperties } from './field.ts'
import { describeIssues, issueMessage } from './issue.ts'
import { withTraits } from './node-traits.ts'
import type { FieldNode } from './node.ts'
import { checkName } from './shape.ts'

/**
 * What stands behind every field of `t`: a node and the methods that make another one. The interfaces in field.ts say
 * which methods a kind has; for callers without types the others throw `EW_DESIGN`.
 */
export class DeclaredField {
  readonly node: FieldNode
  readonly #standard: OwnStandardProperties<unknown, unknown>

  constructor(node: FieldNode) {
    this.node = node
    this.#standard = standardOf(node)
    Object.freeze(this)
  }

  get '~standard'(): OwnStandardProperties<unknown, unknown> {
    return this.#standard
  }

  optional(): DeclaredField {
    return this.#with({ optional: true, default: undefined })
  }

  nullable(): DeclaredField {
    return this.#with({ nullable: true })
  }

  default(value: unknown): DeclaredField {
    const node = withTraits(this.node, { optional: undefined, default: undefined })
    const result = compileNode(node).parse(value)
    if (!result.ok || result.value === undefined) {
      const why = result.ok ? 'a default cannot be nothing' : describeIssues(result.issues)
      throw failure('EW_DESIGN', `The default of a ${node.kind} is not valid: ${why}.`)
    }
    const codec = nodeCodec(node)
    return new DeclaredField(withTraits(node, { default: codec === null ? result.value : codec.encode(result.value) }))
  }

  pii(subject?: string): DeclaredField {
    if (subject !== undefined) checkName(subject, 'the subject of personal data')
    return this.#with({ pii: Object.freeze(subject === undefined ? {} : { subject }) })
  }

  describe(text: string): DeclaredField {
    if (typeof text === 'string' && isStorable(text)) return this.#with({ doc: text })
    throw failure('EW_DESIGN', `${describeValue(text)} cannot be documentation: expected text.`)
  }

  alias(name: string): DeclaredField {
    checkName(name, 'an alias')
    return this.#with({ aliases: Object.freeze([...(this.node.aliases ?? []), name]) })
  }

  number(fieldNumber: number): DeclaredField {
    const reserved = fieldNumber >= 19_000 && fieldNumber <= 19_999
    if (Number.isInteger(fieldNumber) && fieldNumber >= 1 && fieldNumber <= 536_870_911 && !reserved) {
      return this.#with({ number: fieldNumber })
    }
    const range = 'a whole number from 1 to 536870911 outside 19000 to 19999'
    throw failure('EW_DESIGN', `${describeValue(fieldNumber)} is no Protobuf field number: expected ${range}.`)
  }

  min(bound: unknown): DeclaredField {
    return new DeclaredField(bounded(this.#present('min'), 'min', bound))
  }

  max(bound: unknown): DeclaredField {
    return new DeclaredField(bounded(this.#present('max'), 'max', bound))
  }

  length(length: number): DeclaredField {
    return new DeclaredField(ofLength(this.#present('length'), length))
  }

  pattern(expression: RegExp): DeclaredField {
    return new DeclaredField(matching(this.#present('pattern'), expression))
  }

  unique(): DeclaredField {
    return new DeclaredField(withUniqueItems(this.#present('unique')))
  }

  #with(traits: Readonly<Record<string, unknown>>): DeclaredField {
    return new DeclaredField(withTraits(this.node, traits))
  }

  /** A constraint after a default would leave a default that breaks it. */
  #present(method: string): FieldNode {
    if (this.node.default === undefined) return this.node
    throw failure('EW_DESIGN', `Call ${method}() before default(): the default is checked against it.`)
  }
}

/** Compiled at the first value: most fields are only ever validated as part of a message. */
function standardOf(node: FieldNode): OwnStandardProperties<unknown, unknown> {
  let validator: Validator<unknown> | undefined
  return Object.freeze({
    version: 1,
    vendor: 'eventwright',
    validate(value: unknown) {
      const result = (validator ??= compileNode(node)).parse(value)
      if (result.ok) return { value: result.value }
      return { issues: result.issues.map((issue) => ({ message: issueMessage(issue), path: issue.path })) }
    },
  })
}
