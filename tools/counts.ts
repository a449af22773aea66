import { resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

/** What a run of `node --test` came to. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly failures: readonly string[]
}

/** A reporter for `node --test` that writes the counts of the whole run as one line of JSON. */
export default async function* counts(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let [passed, failed, skipped] = [0, 0, 0]
  const failures: string[] = []
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, details, file, skip, todo } = event.data
    // A file without a test of its own (its server is absent) is reported as if it were one.
    if (details.type === 'suite' || (event.type === 'test:pass' && isFile(name, file))) continue
    if (skip !== undefined && skip !== false) skipped++
    else if (event.type === 'test:pass') passed++
    else if (todo === undefined || todo === false) {
      failed++
      failures.push(`${file ?? ''}: ${name}`)
    }
  }
  yield JSON.stringify({ passed, failed, skipped, failures } satisfies Counts)
}

function isFile(name: string, file: string | undefined): boolean {
  return file !== undefined && resolve(name) === file
}
