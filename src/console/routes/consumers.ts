import { nameOnceMore } from '../body.ts'
import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { pageOf } from '../cursor.ts'
import { done } from '../ordered.ts'
import type { Names, Route } from '../router.ts'
import type { Done, Page } from '../wire.ts'
import type { StoredConsumerItem } from '../wire/consumers.ts'

/** What the store has of consumers, and forgetting those that no design has any more. */
export const consumerRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: 'consumers', answer: list },
  { method: 'POST', path: 'consumers/:consumer/forget', answer: forget },
]

async function list(call: Call): Promise<Page<StoredConsumerItem>> {
  const stored = await call.inspect.storedConsumers()
  const items = stored.map(({ consumer, sources, buckets, first, last, heldBy, parkedKeys, view, declared }) => ({
    consumer,
    sources,
    buckets,
    firstPosition: first,
    lastPosition: last,
    owners: heldBy.length,
    parkedKeys,
    rows: view,
    isDeclared: declared !== false,
  }))
  // Those that wait for somebody to forget them stand first.
  return pageOf(
    items.sort((a, b) => Number(a.isDeclared) - Number(b.isDeclared)),
    undefined,
    measuredAt(call),
  )
}

/** What is gone is gone, so whoever gives the order says the name once more, and what else goes with it. */
function forget(call: Call, { consumer }: Names): Promise<Done> {
  const { who, why } = call.order
  nameOnceMore(call, consumer!)
  const asked = { withDeadLetters: call.body['withDeadLetters'] === true, withRows: call.body['withRows'] === true }
  return done(call, { what: 'forget consumer', of: consumer!, asked }, async () => {
    const gone = await call.operate.consumers.forget(consumer!, { who, why, ...asked })
    const rows = gone.table === null ? '' : `, the table ${gone.table}`
    return `It is forgotten: ${gone.buckets} buckets, ${gone.parkedKeys} dead letters${rows}.`
  })
}
