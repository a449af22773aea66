import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './environment.ts'
import { plot } from './plot.ts'
import type { Row } from './suite.ts'

/** What stands in `bench/results/SUITE.json`. */
export interface Results {
  readonly suite: string
  readonly quick: boolean
  readonly environment: Environment
  readonly rows: readonly Row[]
}

/** Writes the results and their picture; answers what was written. */
export function writeResults(folder: string, results: Results): Results {
  writeFileSync(join(folder, `${results.suite}.json`), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(join(folder, `${results.suite}.svg`), plot(results))
  return results
}
