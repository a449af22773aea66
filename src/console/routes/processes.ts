import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { pageOf } from '../cursor.ts'
import type { Route } from '../router.ts'
import type { Page } from '../wire.ts'
import type { ProcessItem } from '../wire/processes.ts'

/** Who works on the store, and who did. */
export const processRoutes: readonly Route<Call>[] = [{ method: 'GET', path: 'processes', answer: list }]

async function list(call: Call): Promise<Page<ProcessItem>> {
  const { inspect, processes } = call
  const [nowMs, reports] = [await inspect.now(), await inspect.consumers()]
  return pageOf(processes.look(declaredOf(inspect, reports), nowMs), undefined, measuredAt(call))
}

/** What no design has any more waits for nobody. */
export function declaredOf<Report extends { readonly name: string }>(
  { declares }: Pick<Call['inspect'], 'declares'>,
  reports: readonly Report[],
): readonly Report[] {
  return reports.filter(({ name }) => declares(name))
}
