import { consoleHandler, type ConsoleHandler } from 'eventwright/console'
import { shopLog } from './log.ts'
import type { Shop } from './open.ts'

/**
 * The console of the shop; undefined where `host` is an address that others reach, since the shop has no users who
 * could log in. A shop of its own would pass `authenticate` and `hosts`.
 */
export function consoleOf(shop: Shop, host: string): ConsoleHandler | undefined {
  const isLocal = host === 'localhost' || host === '::1' || host.startsWith('127.')
  return isLocal ? consoleHandler(shop, { system: 'The shop', address: host, log: shopLog }) : undefined
}
