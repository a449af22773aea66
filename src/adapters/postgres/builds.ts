import type { ViewRegistry } from '../../ports/views.ts'
import { buildTable } from '../sql/builds.ts'
import type { PostgresDriver } from './driver.ts'
import { postgresDatabase } from './statements.ts'

/** Which generations of a view exist and which one is read. */
export function postgresBuilds(driver: PostgresDriver): ViewRegistry {
  return buildTable(postgresDatabase(driver))
}
