import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { plot } from './plot.ts'
import type { Results } from './result-file.ts'

/** Writes the results and their picture; answers what was written. */
export function writeResults(folder: string, results: Results): Results {
  writeFileSync(join(folder, `${results.suite}.json`), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(join(folder, `${results.suite}.svg`), plot(results))
  return results
}
