// The process of the handler in `latency.ts`: says when it was called. It ends when its parent does.
import { start } from 'eventwright'
import { post } from '../sagas/letters.ts'
import { storeAt } from '../store/place.ts'
import { brokerAt, type BrokerOptions } from './brokers.ts'
import type { Heard } from './latency.ts'

const options = JSON.parse(process.argv[2]!) as BrokerOptions & { readerStore: string }
const tell = (heard: Heard): void => void process.send!(heard)
const running = await start(
  post((id) => tell({ id, atNs: String(process.hrtime.bigint()) })),
  { store: storeAt(options.readerStore), broker: brokerAt(options), services: ['readers'] },
)
process.once('disconnect', () => void running.stop().then(() => process.exit()))
tell({ ready: true })
