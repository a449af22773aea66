import { hostname } from 'node:os'

/**
 * This process, by a name under which people find it: `<host>/<process id>`. Of a container the host is its id. It is
 * no key: a later process may have the same name.
 */
export const processName: string = `${
  hostname()
    .replaceAll(/[^\w.-]/g, '-')
    .slice(0, 80) || 'host'
}/${process.pid}`

/** The process that an owner of buckets is in: its `processName`; the whole text where it was named otherwise. */
export function processOf(owner: string): string {
  return /^([\w.-]+\/\d+)\/[^/]+$/.exec(owner)?.[1] ?? owner
}
