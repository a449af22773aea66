import type { Bench } from '../suite.ts'
import { VariantProcess } from '../variant.ts'

/** Fills a store with streams of events, before somebody measures how they are read. */
export async function fill(
  log: { readonly store: string; readonly streams: number; readonly events: number },
  { folder, progress }: Bench,
): Promise<void> {
  progress.begin(`filling a store with ${(log.streams * log.events).toLocaleString('en-GB')} events`, 1)
  const filling = await VariantProcess.open({ file: 'store/build-streams.ts', options: log }, 'filling', folder)
  try {
    await filling.measure(0)
    await filling.close()
    progress.step()
  } finally {
    filling.kill()
  }
}
