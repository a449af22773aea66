import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NumericMap, ProtocolError, type MessageRecord } from '@platformatic/kafka'
import { Lane, type LaneParts, type Waiting } from '../../../src/adapters/kafka/lane.ts'
import type { PublishOutcome } from '../../../src/ports/broker.ts'

interface Sent {
  readonly values: readonly string[]
  readonly producer: bigint
  readonly sequence: number
}

/** A lane to a broker that answers each request with the next of `answers`: an error of the protocol, or well. */
function lane(answers: readonly (string | undefined)[]): { readonly lane: Lane; readonly sent: Sent[] } {
  const sent: Sent[] = []
  let producer = 0n
  const call = async (...args: readonly unknown[]): Promise<unknown> => {
    const records = args[5] as readonly MessageRecord[]
    const { producerId, sequences } = args[6] as { readonly producerId: bigint; readonly sequences: NumericMap }
    const values = records.map(({ value }) => value.toString())
    sent.push({ values, producer: producerId, sequence: sequences.getWithDefault('p-orders:0', -1) })
    const error = answers[sent.length - 1]
    if (error !== undefined) throw error === 'broken' ? new Error('broken') : new ProtocolError(error)
    return { responses: [{ partitionResponses: [{ baseOffset: 0n }] }] }
  }
  const parts = {
    link: { call, library: { NumericMap } },
    cluster: { leader: async () => undefined, nameOf: (channel: string) => `p-${channel}`, forget: () => undefined },
    producers: { current: async () => ({ id: producer, epoch: 0 }), renew: async () => void producer++ },
    compression: () => undefined,
    stored: () => undefined,
  } as unknown as LaneParts
  return { lane: new Lane(parts, 'orders', 0), sent }
}

function waiting(value: string, outcomes: PublishOutcome['kind'][] = []): Waiting {
  const record: MessageRecord = { topic: 'p-orders', partition: 0, key: Buffer.from('k'), value: Buffer.from(value) }
  // So large that each has a batch of its own.
  return { record, bytes: 800_000, key: 'k', settle: ({ kind }) => void outcomes.push(kind) }
}

test('a batch whose connection breaks is sent again with the same number, and the next one has the next', async () => {
  const trial = lane(['broken', 'NOT_LEADER_OR_FOLLOWER'])
  const outcomes: PublishOutcome['kind'][] = []
  await trial.lane.add([waiting('a', outcomes), waiting('b', outcomes)])
  assert.deepEqual(
    trial.sent.map(({ values, sequence }) => `${values.join()} ${sequence}`),
    ['a 0', 'a 0', 'a 0', 'b 1'],
  )
  assert.deepEqual(outcomes, ['ok', 'ok'])
})

test('a batch that the broker has already is stored', async () => {
  const trial = lane(['broken', 'DUPLICATE_SEQUENCE_NUMBER'])
  await trial.lane.add([waiting('a')])
  await trial.lane.add([waiting('b')])
  assert.deepEqual(
    trial.sent.map(({ values, sequence }) => `${values.join()} ${sequence}`),
    ['a 0', 'a 0', 'b 1'],
  )
})

test('where a broker does not know us any more, the partition begins anew under another identity', async () => {
  const trial = lane([undefined, 'OUT_OF_ORDER_SEQUENCE_NUMBER'])
  await trial.lane.add([waiting('a')])
  await trial.lane.add([waiting('b')])
  assert.deepEqual(
    trial.sent.map(({ values, sequence, producer }) => `${values.join()} ${sequence} of ${producer}`),
    ['a 0 of 0', 'b 1 of 0', 'b 0 of 1'],
  )
})

test('behind a batch that fails for good nothing of its call is sent, and the calls of others are', async () => {
  const trial = lane([undefined, 'TOPIC_AUTHORIZATION_FAILED'])
  const own = trial.lane.add([waiting('a'), waiting('b'), waiting('c')])
  const other = trial.lane.add([waiting('d')])
  await assert.rejects(own, (error: Error) => error instanceof ProtocolError)
  await other
  assert.deepEqual(
    trial.sent.map(({ values, sequence, producer }) => `${values.join()} ${sequence} of ${producer}`),
    // What became of the failed one is not known for certain, so the count begins anew.
    ['a 0 of 0', 'b 1 of 0', 'd 0 of 1'],
  )
})
