import { kafkaService } from './kafka.ts'
import { mongodbService } from './mongodb.ts'
import { postgresService } from './postgres.ts'
import { rabbitmqService } from './rabbitmq.ts'
import { registryService } from './registry.ts'
import type { Service } from './service.ts'

/** A line here is all that a further service needs beside its file. */
export const services: readonly Service[] = [
  postgresService,
  kafkaService,
  rabbitmqService,
  registryService,
  mongodbService,
]

/** One line for the end of a run of tests; undefined when servers of every kind could be started. */
export function notStartableLine(): string | undefined {
  const absent = services.filter((service) => !service.isHere()).map(({ name }) => name)
  if (absent.length === 0) return undefined
  const names = absent.join(' ')
  return `not run: tests with servers of their own: ${absent.join(', ')} (npm run services -- start ${names} fetches them)`
}
