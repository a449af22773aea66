import { newId } from '../../base/ids.ts'
import type { InboxRow } from '../../ports/unit-of-work.ts'

/** A row for a unit that has nothing else by which a repeat of it is recognised; nobody asks for its key. */
export function freshKey(service: string): InboxRow {
  return { service, consumer: 'unkeyed', key: newId(), fingerprint: '', outcome: '{}' }
}
