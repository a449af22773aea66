import { systemClock } from '../../src/base/clock.ts'
import { brokerContract } from '../../src/testing/contracts/broker.ts'
import { freshRabbitmq } from '../fixtures/fresh-rabbitmq.ts'
import { rabbitmqUrl } from '../fixtures/rabbitmq.ts'
import { rabbitmqDeadLetters } from '../fixtures/shown-dead-letters.ts'

if (rabbitmqUrl() !== undefined) {
  for (const queue of ['quorum', 'stream'] as const) {
    brokerContract(`rabbitmq, ${queue}`, async () => {
      const fresh = freshRabbitmq({ queue })
      const { adapter } = fresh
      const opened = [await adapter.open({ clock: systemClock })]
      return {
        broker: opened[0]!,
        another: async () => {
          const broker = await adapter.open({ clock: systemClock })
          opened.push(broker)
          return broker
        },
        // Times are those of senders, found by the time of the server.
        pass: (ms) => systemClock.sleep(ms),
        // Streams lose whole segments of megabytes; see rabbitmq/stream-look.test.ts.
        expire: async () => 'kept' as const,
        deadLetters: (channel, group) => rabbitmqDeadLetters(fresh, channel, group),
        close: async () => {
          for (const broker of opened) await broker.close()
        },
      }
    })
  }
}
