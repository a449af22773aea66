import type { ParkedTable } from '../../ports/parked.ts'

const pageKeys = 1_000

/**
 * Every name that something of a consumer is parked under now. For a view that is a key, or a stream: an event whose
 * key cannot be told is parked under its stream.
 */
export async function parkedNames(parked: ParkedTable, consumer: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  let after: { readonly consumer: string; readonly key: string } | undefined
  for (;;) {
    const page = await parked.list({ consumer, limit: pageKeys, ...(after && { after }) })
    for (const { key } of page) names.add(key)
    if (page.length < pageKeys) return names
    after = { consumer, key: page.at(-1)!.key }
  }
}
