import { describeKind, describeValue } from '../base/json-value.ts'
import { copyJson, maxFieldDepth } from './check-json.ts'
import { expectedOf } from './expected.ts'
import { runForeign, type ForeignIssue } from './foreign.ts'
import { foreignSchemaOf } from './node-traits.ts'
import type { ForeignNode } from './node.ts'
import { addIssueAt, type Check, type Run } from './run.ts'

/**
 * A schema of another library. A stored value is not run through it again: a transform would be applied twice. A node
 * without its live schema (read from text) accepts any JSON.
 */
export function foreignCheck(node: ForeignNode, masked: boolean): Check {
  const schema = foreignSchemaOf(node)
  return (value, run) => {
    if (run.stored || schema === undefined) {
      return value === undefined ? undefined : copyJson(value, run, masked, maxFieldDepth)
    }
    const answer = runForeign(schema, value, node.vendor)
    if (answer.issues === undefined) {
      return answer.value === undefined ? undefined : copyJson(answer.value, run, masked, maxFieldDepth)
    }
    for (const issue of answer.issues) addForeignIssue(issue, node, value, run, masked)
    return undefined
  }
}

function addForeignIssue(issue: ForeignIssue, node: ForeignNode, value: unknown, run: Run, masked: boolean): void {
  const path = (issue.path ?? []).map((key) => (typeof key === 'object' ? key.key : key))
  const got = path.length > 0 ? 'another value' : masked ? describeKind(value) : describeValue(value)
  addIssueAt(run, path, expectedOf(node), got, masked ? undefined : String(issue.message))
}
