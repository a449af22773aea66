import type { ParkedTable } from '../../ports/parked.ts'
import { parkedTable } from '../sql/parked.ts'
import type { PostgresDriver } from './driver.ts'
import { postgresDatabase } from './statements.ts'

/** Reads of what is parked, and what is done to heads that are not being replayed. */
export function postgresParked(driver: PostgresDriver): ParkedTable {
  return parkedTable(postgresDatabase(driver))
}
