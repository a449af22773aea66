import type { Environment } from './environment.ts'
import type { Row } from './suite.ts'

/** What stands in `bench/results/SUITE.json`. */
export interface Results {
  readonly suite: string
  readonly quick: boolean
  readonly environment: Environment
  readonly rows: readonly Row[]
}
