import { describeKind, describeValue } from '../base/json-value.ts'
import type { Issue } from './issue.ts'

/** One validation under way. */
export interface Run {
  /** What is wrong so far. */
  readonly issues: Issue[]
  /** The value was read from the store: unknown fields are kept, foreign schemas are not run a second time. */
  readonly stored: boolean
}

/**
 * Validates one value: returns its canonical form, or adds at least one issue to the run. What it returns after an
 * issue means nothing; undefined without an issue means absent.
 */
export type Check = (value: unknown, run: Run) => unknown

/** Makes the check of an inner node; `masked` keeps its values out of messages. */
export type CheckMaker<N> = (node: N, masked: boolean) => Check

/** Issues beyond this number are dropped: a hostile list must not cost memory without end. */
export const maxIssues = 1000

/** Adds an issue at the value itself; who calls adds the path above it with `prefixIssues`. */
export function addIssue(run: Run, expected: string, value: unknown, masked: boolean): undefined {
  addIssueAt(run, [], expected, masked ? describeKind(value) : describeValue(value))
}

/** Adds an issue below the value. */
export function addIssueAt(run: Run, path: PropertyKey[], expected: string, got: string, message?: string): undefined {
  if (run.issues.length >= maxIssues) return
  run.issues.push(message === undefined ? { path, expected, got } : { path, expected, got, message })
}

/** Puts `key` in front of the path of every issue from index `from` on. */
export function prefixIssues(run: Run, from: number, key: PropertyKey): void {
  for (let index = from; index < run.issues.length; index++) {
    const issue = run.issues[index] as Issue
    ;(issue.path as PropertyKey[]).unshift(key)
  }
}
