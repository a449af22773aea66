import { canonicalJson, isPlainObject } from '../base/json.ts'
import { isStorable } from '../base/text.ts'
import { addUnstorable } from './check-text.ts'
import { nodeCodec } from './codec.ts'
import { lengthWords } from './expected.ts'
import type { ArrayNode, FieldNode, MapNode } from './node.ts'
import { setOwn } from './own-member.ts'
import { addIssue, addIssueAt, prefixIssues, type Check, type CheckMaker, type Run } from './run.ts'

/** A list whose items all follow one node. */
export function arrayCheck(node: ArrayNode, masked: boolean, checkOf: CheckMaker<FieldNode>): Check {
  const { min = 0, max = Infinity } = node
  const item = checkOf(node.of, masked)
  const words = min > 0 || max < Infinity ? `array ${lengthWords(node, 'item', 'items')}` : 'array'
  return (value, run) => {
    if (!Array.isArray(value)) return addIssue(run, 'an array', value, masked)
    if (value.length < min || value.length > max) addIssue(run, words, value, masked)
    const start = run.issues.length
    const copy: unknown[] = []
    for (let index = 0; index < value.length; index++) {
      const before = run.issues.length
      copy.push(item(value[index], run))
      if (run.issues.length > before) prefixIssues(run, before, index)
    }
    if (node.unique === true && run.issues.length === start) refuseRepeats(node, copy, run)
    return Object.freeze(copy)
  }
}

/** Text keys to values that all follow one node. Keys come out in order; any storable text is a key. */
export function mapCheck(node: MapNode, masked: boolean, checkOf: CheckMaker<FieldNode>): Check {
  const { min = 0, max = Infinity } = node
  const entry = checkOf(node.of, masked)
  const words = min > 0 || max < Infinity ? `map ${lengthWords(node, 'entry', 'entries')}` : 'map'
  return (value, run) => {
    if (!isPlainObject(value)) return addIssue(run, 'a plain object', value, masked)
    const keys = Object.keys(value).sort()
    if (keys.length < min || keys.length > max) addIssueAt(run, [], words, `${keys.length}`)
    const copy: Record<string, unknown> = {}
    for (const key of keys) {
      const before = run.issues.length
      if (!isStorable(key)) addUnstorable(run, key)
      setOwn(copy, key, entry(value[key], run))
      if (run.issues.length > before) prefixIssues(run, before, key)
    }
    return Object.freeze(copy)
  }
}

function refuseRepeats(node: ArrayNode, items: readonly unknown[], run: Run): void {
  const codec = nodeCodec(node.of)
  const seen = new Map<string, number>()
  for (let index = 0; index < items.length; index++) {
    const text = canonicalJson(codec === null ? items[index] : codec.encode(items[index]))
    const earlier = seen.get(text)
    if (earlier === undefined) seen.set(text, index)
    else addIssueAt(run, [index], 'items that differ', `the same as item ${earlier}`)
  }
}
