import { notRun, type Row, type Words } from '../suite.ts'

/** A broker that rows are measured on. */
export type BrokerKind = 'kafka' | 'rabbitmq'

/** What they are called. */
export const brokerNames: Readonly<Record<BrokerKind, string>> = { kafka: 'Kafka', rabbitmq: 'RabbitMQ' }

/** By the name of a server the variable that says where it is. */
const variables = {
  kafka: 'EVENTWRIGHT_KAFKA_BROKERS',
  rabbitmq: 'EVENTWRIGHT_RABBITMQ_URL',
  registry: 'EVENTWRIGHT_REGISTRY_URL',
} as const

/** Where a server is; undefined when nobody has said so. */
export function placeOf(server: keyof typeof variables): string | undefined {
  return process.env[variables[server]] || undefined
}

/** Rows that need a server; without it they stand there as not run. */
export async function onPlace(
  server: keyof typeof variables,
  words: readonly Words[],
  work: (place: string) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const place = placeOf(server)
  if (place === undefined) return words.map((each) => notRun(each, `${variables[server]} is not set`))
  return work(place)
}
