import { isPlainObject } from '../base/json.ts'
import { copyJson, maxFieldDepth } from './check-json.ts'
import { oneOf } from './expected.ts'
import type { FieldNode, NamedField, UnionNode } from './node.ts'
import { getOwn, setOwn } from './own-member.ts'
import { addIssue, addIssueAt, prefixIssues, type Check, type CheckMaker, type Run } from './run.ts'

/**
 * An object with declared fields. The result has them in the order of canonical JSON, so that writing it needs no
 * sorting. Unknown fields are an issue, or kept as they are when the value was stored.
 */
export function fieldsCheck(
  fields: readonly NamedField[],
  what: string,
  masked: boolean,
  checkOf: CheckMaker<FieldNode>,
): Check {
  const sorted = [...fields].sort((a, b) => (a.name < b.name ? -1 : 1))
  const names = sorted.map((field) => field.name)
  const checks = sorted.map((field) => checkOf(field.node, masked))
  const known = new Set(names)
  return (value, run) => {
    if (!isPlainObject(value)) return addIssue(run, `${what}a plain object`, value, masked)
    const result: Record<string, unknown> = {}
    let found = 0
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string
      const present = Object.hasOwn(value, name)
      if (present) found++
      const before = run.issues.length
      const member = (checks[index] as Check)(present ? value[name] : undefined, run)
      if (run.issues.length > before) prefixIssues(run, before, name)
      else if (member !== undefined) result[name] = member
    }
    if (Object.keys(value).length !== found) unknownFields(value, known, result, run)
    return Object.freeze(result)
  }
}

/** A discriminated union: the tag decides which record the rest must be. */
export function unionCheck(node: UnionNode, masked: boolean, checkOf: CheckMaker<FieldNode>): Check {
  const { tag } = node
  const variants = new Map<unknown, Check>()
  for (const { value, record } of node.variants) {
    const fields = [...record.fields, { name: tag, node: { kind: 'literal', value } as const }]
    variants.set(value, fieldsCheck(fields, `${record.name}: `, masked, checkOf))
  }
  const choices = oneOf(node.variants.map((variant) => variant.value))
  return (value, run) => {
    if (!isPlainObject(value)) return addIssue(run, 'a plain object', value, masked)
    const check = variants.get(getOwn(value, tag))
    if (check !== undefined) return check(value, run)
    const before = run.issues.length
    addIssue(run, choices, getOwn(value, tag), masked)
    prefixIssues(run, before, tag)
  }
}

function unknownFields(
  value: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  result: Record<string, unknown>,
  run: Run,
): void {
  for (const key of Object.keys(value)) {
    if (known.has(key)) continue
    if (!run.stored) {
      addIssueAt(run, [key], known.size === 0 ? 'no fields' : oneOf([...known]), 'an unknown field')
    } else {
      const before = run.issues.length
      setOwn(result, key, copyJson(value[key], run, true, maxFieldDepth))
      if (run.issues.length > before) prefixIssues(run, before, key)
    }
  }
}
