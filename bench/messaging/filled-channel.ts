import type { Bench } from '../suite.ts'
import { VariantProcess } from '../variant.ts'
import type { BrokerPlace } from './brokers.ts'

/** Puts so many orders into the channel, before somebody measures how they are read. */
export async function fillChannel(at: BrokerPlace, messages: number, { folder, progress }: Bench): Promise<void> {
  progress.begin(`filling a channel with ${messages.toLocaleString('en-GB')} messages`, 1)
  const module = { file: 'messaging/fill-channel.ts', options: { ...at, messages } }
  const filling = await VariantProcess.open(module, 'filling', folder)
  try {
    await filling.measure(0)
    await filling.close()
    progress.step()
  } finally {
    filling.kill()
  }
}
