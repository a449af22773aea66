import { isPlainObject } from '../base/json.ts'
import { isStorable } from '../base/text.ts'
import { addUnstorable } from './check-text.ts'
import { setOwn } from './own-member.ts'
import { addIssue, addIssueAt, prefixIssues, type Check, type Run } from './run.ts'

/** The deepest nesting inside a `t.json()` field. */
export const maxFieldDepth = 64

/** Any JSON value; members that are undefined are left out. */
export function jsonCheck(masked: boolean): Check {
  return (value, run) => copyJson(value, run, masked, maxFieldDepth)
}

/**
 * A frozen copy of a JSON value with its keys in order; adds an issue for everything that JSON cannot hold or that
 * cannot be stored.
 */
export function copyJson(value: unknown, run: Run, masked: boolean, levels: number): unknown {
  switch (typeof value) {
    case 'string':
      return isStorable(value) ? value : addUnstorable(run, value)
    case 'number':
      if (!Number.isFinite(value)) return addIssue(run, 'a JSON value', value, masked)
      return value === 0 ? 0 : value
    case 'boolean':
      return value
  }
  if (value === null) return null
  const isList = Array.isArray(value)
  if (!isList && !isPlainObject(value)) return addIssue(run, 'a JSON value', value, masked)
  if (levels <= 0) return addIssueAt(run, [], `JSON nested at most ${maxFieldDepth} deep`, 'more')
  return isList ? copyList(value, run, masked, levels) : copyObject(value, run, masked, levels)
}

function copyList(value: readonly unknown[], run: Run, masked: boolean, levels: number): unknown {
  const copy: unknown[] = []
  for (let index = 0; index < value.length; index++) {
    const before = run.issues.length
    copy.push(copyJson(value[index], run, masked, levels - 1))
    if (run.issues.length > before) prefixIssues(run, before, index)
  }
  return Object.freeze(copy)
}

function copyObject(value: Readonly<Record<string, unknown>>, run: Run, masked: boolean, levels: number): unknown {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member === undefined) continue
    const before = run.issues.length
    if (!isStorable(key)) addUnstorable(run, key)
    setOwn(copy, key, copyJson(member, run, masked, levels - 1))
    if (run.issues.length > before) prefixIssues(run, before, key)
  }
  return Object.freeze(copy)
}
