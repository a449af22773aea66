import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { newId, randomUnit } from '../../base/ids.ts'
import { storeSources } from '../../design/sources.ts'
import { bucketOfKey, type OwnershipRow } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'

/** How long a bucket that was taken away is kept at most, should its taker die. */
export const takenMs = 3_000

const deadlineMs = 30_000

/**
 * Takes the bucket of a key of a consumer of the log away from whoever has it, does a piece of work, and gives it back.
 * What its owner has in hand meanwhile does not commit, and he reads rows afresh when he has it again: that makes it
 * safe to write what only the owner writes. The work must be short, since nobody else goes on with the bucket; its
 * units must move the position from where it stands to there. Error: EW_OWNERSHIP_LOST when others take it again and
 * again.
 */
export async function withBucketOf<T>(
  { ownership }: Pick<Store, 'ownership'>,
  clock: Clock,
  consumer: string,
  key: string,
  work: (held: OwnershipRow) => Promise<T>,
): Promise<T> {
  const owner = newId()
  const deadlineAt = clock.now() + deadlineMs
  for (;;) {
    const held = await take({ ownership }, owner, consumer, key)
    if (held !== undefined) {
      try {
        return await work(held)
      } finally {
        await ownership.release([held])
      }
    }
    if (clock.now() >= deadlineAt) {
      throw failure(
        'EW_OWNERSHIP_LOST',
        `The bucket of ${key} of ${consumer} could not be had within ${deadlineMs} ms.`,
      )
    }
    await clock.sleep(10 + 40 * randomUnit())
  }
}

/** Where the bucket of a key stands; undefined when the consumer is no more. */
export async function bucketRow(
  { ownership }: Pick<Store, 'ownership'>,
  consumer: string,
  key: string,
): Promise<OwnershipRow | undefined> {
  const rows = (await ownership.list(consumer)).filter(({ source }) => source === storeSources.log)
  return rows.find(({ bucket }) => bucket === bucketOfKey(key, rows.length))
}

async function take(
  store: Pick<Store, 'ownership'>,
  owner: string,
  consumer: string,
  key: string,
): Promise<OwnershipRow | undefined> {
  const row = await bucketRow(store, consumer, key)
  if (row === undefined) throw failure('EW_OWNERSHIP_LOST', `The consumer ${consumer} has no buckets any more.`)
  const { ownership } = store
  if (row.owner !== null) {
    // Asked for before it is released, it is free for nobody else.
    await ownership.ask([row], owner)
    await ownership.release([row])
  }
  const claimed = await ownership.claim(consumer, storeSources.log, owner, takenMs)
  // Buckets that were free come along; they are for those who do the work.
  await ownership.release(claimed.filter(({ bucket }) => bucket !== row.bucket))
  return claimed.find(({ bucket }) => bucket === row.bucket)
}
