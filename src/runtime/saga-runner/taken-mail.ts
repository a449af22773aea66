import { mailHash } from '../../ports/sagas.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import { bucketOf, type Desk } from './desk.ts'
import type { Item } from './inbox.ts'

/**
 * Mail at the address of a wait may be for instances of several processes, and none of them can tell what another one
 * is about to do with it. So whoever uses it up takes a key for it, which only one can. A consumer that has one bucket
 * needs none.
 */
export function taking<S, I>(
  desk: Pick<Desk<S, I>, 'bundle' | 'options'>,
  id: string,
  used: readonly Item<I>[],
): Pick<Unit, 'inbox'> {
  if (desk.bundle.of === 1) return {}
  const keys = new Set(used.flatMap((item) => takenKey(item) ?? []))
  if (keys.size === 0) return {}
  const { service } = desk.options
  const { consumer } = bucketOf(desk, id)
  const outcome = JSON.stringify({ instance: id })
  return { inbox: [...keys].map((key) => ({ service, consumer, key, fingerprint: '', outcome })) }
}

/** What is left to be told when a unit was lost since another instance had taken some of it. */
export function withoutTaken<I>(items: readonly Item<I>[], outcome: Outcome): readonly Item<I>[] {
  if (outcome.ok || outcome.reason !== 'inbox') return items
  return items.filter((item) => takenKey(item) !== outcome.key)
}

function takenKey<I>({ mail }: Item<I>): string | undefined {
  return mail === undefined || mailHash(mail.address) >= 0 ? undefined : `${mail.address} ${mail.key}`
}
