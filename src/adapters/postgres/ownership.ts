import type { OwnershipTable } from '../../ports/ownership.ts'
import { ownershipTable } from '../sql/ownership.ts'
import type { PostgresDriver } from './driver.ts'
import { postgresDatabase } from './statements.ts'

/** Leases on the database's clock, and positions. */
export function postgresOwnership(driver: PostgresDriver): OwnershipTable {
  return ownershipTable(postgresDatabase(driver))
}
