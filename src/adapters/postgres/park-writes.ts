import type { ParkWrite } from '../../ports/unit-of-work.ts'
import { parkWrites } from '../sql/park-writes.ts'
import type { Statements } from './driver.ts'
import { locks, runSteps } from './statements.ts'

/** Parks, extends and frees keys, in the order of the writes and in the transaction of the statements. */
export async function writeParks(statements: Statements, parks: readonly ParkWrite[]): Promise<void> {
  const [row] = await statements.all('select ew_now()')
  await runSteps(statements, parkWrites(parks, row![0] as number, { locks, textsOf: statements.textsOf }))
}
