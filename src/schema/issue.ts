import { failure, type EventwrightError } from '../base/errors.ts'
import { formatPath } from '../base/json-path.ts'

/** One thing that is wrong with a value. */
export interface Issue {
  /** Keys and indexes from the outermost value to the one that is wrong; empty for the whole value. */
  readonly path: readonly PropertyKey[]
  /** What belongs there, for example `int of at least 1`. */
  readonly expected: string
  /** What was there, in a few words; for personal data only its kind. */
  readonly got: string
  /** What a schema of another library said, in place of the two. */
  readonly message?: string
}

/** What validation returns: the canonical, deeply frozen value, or every issue. */
export type Result<O> =
  { readonly ok: true; readonly value: O } | { readonly ok: false; readonly issues: readonly Issue[] }

/** One issue as a line: `items[2].quantity: expected int, got "3"`. */
export function describeIssue(issue: Issue): string {
  const place = issue.path.length === 0 ? 'the whole value' : formatPath(issue.path)
  return `${place}: ${issueMessage(issue)}`
}

/** Issues as lines, at most `limit` of them and then how many more there are. */
export function describeIssues(issues: readonly Issue[], limit = 20): string {
  const lines = issues.slice(0, limit).map(describeIssue)
  if (issues.length > limit) lines.push(`… and ${issues.length - limit} more`)
  return lines.join('\n')
}

/** The issue without its place: `expected int, got "3"`. */
export function issueMessage(issue: Issue): string {
  return issue.message ?? `expected ${issue.expected}, got ${issue.got}`
}

/** The error for an invalid value: `what` names it, for example `The data of event OrderCreated`. */
export function validationFailure(what: string, issues: readonly Issue[]): EventwrightError {
  return failure('EW_VALIDATION', `${what} does not match its schema.\n${describeIssues(issues)}\n`, {
    details: { issues: issues.map((issue) => ({ ...issue, path: [...issue.path] })) },
  })
}
