import { resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

/** What a run of `node --test` came to. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly failures: readonly string[]
  /** Files that have begun and not ended. */
  readonly running: readonly string[]
}

/**
 * A reporter for `node --test` that writes the counts so far as a line of JSON whenever a file begins or ends, and at
 * the end: the last line is what is known of a run that was ended before its time.
 */
export default async function* counts(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let [passed, failed, skipped] = [0, 0, 0]
  const failures: string[] = []
  const running = new Set<string>()
  const line = (): string => JSON.stringify({ passed, failed, skipped, failures, running: [...running] }) + '\n'
  for await (const event of source) {
    if (event.type === 'test:dequeue' && isFile(event.data.name, event.data.file)) {
      running.add(event.data.file!)
      yield line()
    }
    if (event.type === 'test:summary' && running.delete(event.data.file ?? '')) yield line()
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, details, file, skip, todo } = event.data
    if (isFile(name, file)) running.delete(file!)
    // A file without a test of its own (its server is absent) is reported as if it were one.
    if (details.type === 'suite' || (event.type === 'test:pass' && isFile(name, file))) continue
    if (skip !== undefined && skip !== false) skipped++
    else if (event.type === 'test:pass') passed++
    else if (todo === undefined || todo === false) {
      failed++
      failures.push(`${file ?? ''}: ${name}`)
    }
  }
  yield line()
}

/** Reads what the reporter has written so far; zeros when it has written nothing. */
export function readCounts(report: string): Counts {
  const last = report.split('\n').at(-2)
  return last === undefined
    ? { passed: 0, failed: 0, skipped: 0, failures: [], running: [] }
    : (JSON.parse(last) as Counts)
}

function isFile(name: string, file: string | undefined): boolean {
  return file !== undefined && resolve(name) === file
}
