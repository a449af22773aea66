import { brokerContract } from '../../../src/testing/contracts/broker.ts'
import { queueBroker, Queues } from '../../fixtures/queue-broker.ts'

// The brokers of the package replay and leave the assignment to the store; this one does neither.
brokerContract('queues', async ({ clock }) => {
  const queues = new Queues()
  const open = () => queueBroker(queues, () => clock.now())
  return { broker: open(), another: async () => open(), close: async () => undefined }
})
