import { brokerContract } from '../../src/testing/contracts/broker.ts'
import { freshKafka } from '../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../fixtures/kafka.ts'
import { kafkaDeadLetters } from '../fixtures/shown-dead-letters.ts'

if (kafkaBrokers() !== undefined) {
  brokerContract('kafka', async (options) => {
    const fresh = freshKafka()
    const { adapter, pass, expire, drop } = fresh
    const opened = [await adapter.open(options)]
    return {
      broker: opened[0]!,
      another: async () => {
        const broker = await adapter.open(options)
        opened.push(broker)
        return broker
      },
      pass,
      expire,
      deadLetters: (channel, group) => kafkaDeadLetters(fresh, channel, group),
      close: async () => {
        for (const broker of opened) await broker.close()
        await drop()
      },
    }
  })
}
