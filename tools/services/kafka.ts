import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { downloaded } from './downloads.ts'
import { findJava, javaEnv, requireJava } from './java.ts'
import { brokersAt } from './kafka-answers.ts'
import type { Kept } from './kept.ts'
import { mavenLibraries } from './maven.ts'
import { run } from './programs.ts'
import { serviceOf } from './service-of.ts'
import type { Launch } from './server-process.ts'
import type { Say, Service } from './service.ts'

const version = '4.4.0'
/** The version of the server, and the oldest Java on which it runs. */
export const kafkaVersion: string = version
export const minimumJava: number = 17
const name = `kafka-${version}`
const libraries = [`org.apache.kafka:kafka_2.13:${version}`, 'org.slf4j:slf4j-simple:1.7.36']

/** A private Kafka of one node. */
export const kafkaService: Service = kafkaOf(1)

/** A further listener of a Kafka of one node, on a port behind those of the others. */
export interface KafkaDoor {
  readonly name: string
  readonly protocol: 'SASL_SSL' | 'SSL'
  /** Of this listener alone, without the `listener.name.…` before it. */
  readonly settings: Readonly<Record<string, string>>
}

/** Listeners that let in whom they know, beside the open one. */
export interface KafkaDoors {
  readonly doors: readonly KafkaDoor[]
  /** Of the whole node. */
  readonly settings: Readonly<Record<string, string>>
  /** Users with their passwords as the tool takes them that makes the data, such as `SCRAM-SHA-256=[name=…]`. */
  readonly users: readonly string[]
}

/**
 * A private Kafka of several nodes; from three on, every record is on three and acknowledged by two. `told` are ports
 * that clients are told instead of those on which the nodes listen: of proxies that lead there.
 * One of a single node may have further listeners: the first is on the second port behind that of the address.
 */
export function kafkaOf(nodes: number, told: readonly number[] = [], further?: KafkaDoors): Service {
  return serviceOf({
    name: 'kafka',
    variable: 'EVENTWRIGHT_KAFKA_BROKERS',
    ports: 2 * nodes + (further?.doors.length ?? 0),
    isHere: () => downloaded(name) !== undefined && findJava(minimumJava) !== undefined,
    async prepare(kept, say) {
      const java = requireJava('kafka', minimumJava)
      const classes = join(await kafkaClasses(say), '*')
      const cluster = clusterOf(kept.home)
      return idsUpTo(nodes).map((id) =>
        nodeOf({ kept, id, nodes, told: told[id - 1], further, java, classes, cluster }),
      )
    },
    async answers({ port }) {
      const known = await Promise.all(idsUpTo(nodes).map((id) => brokersAt(portsOf(port, id).clients)))
      return known.every((count) => count === nodes)
    },
    url: ({ port }) =>
      idsUpTo(nodes)
        .map((id) => `127.0.0.1:${portsOf(port, id).clients}`)
        .join(','),
  })
}

/** The folder with the classes of the server. */
export function kafkaClasses(say: Say): Promise<string> {
  return mavenLibraries(name, libraries, say)
}

/** The name under which the process of a node is known. */
export const nodeName = (id: number): string => `kafka-${id}`

interface Node {
  readonly kept: Kept
  readonly id: number
  readonly nodes: number
  readonly told: number | undefined
  readonly further: KafkaDoors | undefined
  readonly java: string
  readonly classes: string
  readonly cluster: string
}

const idsUpTo = (nodes: number): number[] => Array.from({ length: nodes }, (_, index) => index + 1)

function portsOf(first: number, id: number): { clients: number; controllers: number } {
  return { clients: first + 2 * (id - 1), controllers: first + 2 * (id - 1) + 1 }
}

/** The id that the nodes of these data share. */
function clusterOf(home: string): string {
  const file = join(home, 'cluster')
  // The tool would take an id that begins with a dash for an option.
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('base64url').replace(/^-/, 'A'))
  return readFileSync(file, 'utf8')
}

function nodeOf({ kept, id, nodes, told, further, java, classes, cluster }: Node): Launch {
  const [data, properties] = [join(kept.home, `data-${version}-${id}`), join(kept.home, `node-${id}.properties`)]
  const settings = { ...settingsOf(kept.port, id, nodes, data, told, further?.doors), ...further?.settings }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
  // There may be passwords in it.
  writeFileSync(properties, `${lines.join('\n')}\n`, { mode: 0o600 })
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
  // The file is the last that the tool writes.
  if (!existsSync(join(data, 'meta.properties'))) {
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data)
    const format = ['kafka.tools.StorageTool', 'format', '-t', cluster, '-c', properties]
    for (const user of further?.users ?? []) format.push('--add-scram', user)
    run(java, ['-XX:TieredStopAtLevel=1', quiet, '-cp', classes, ...format], kept.home, javaEnv)
  }
  // Several share a machine, and in a test they start more often than they work.
  const several = ['-Xms128m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const memory = nodes === 1 ? ['-Xms256m', '-Xmx512m', '-XX:+UseG1GC'] : several
  const machine = [...memory, '-XX:+ExitOnOutOfMemoryError', '-Djava.awt.headless=true', quiet]
  const args = [...machine, '-cp', classes, 'kafka.Kafka', properties]
  return { name: nodeName(id), command: java, args, env: javaEnv }
}

function settingsOf(
  first: number,
  id: number,
  nodes: number,
  data: string,
  told: number | undefined,
  doors: readonly KafkaDoor[] = [],
): Record<string, string | number | boolean> {
  const { clients, controllers } = portsOf(first, id)
  const [copies, inSync] = nodes < 3 ? [1, 1] : [3, 2]
  const voters = idsUpTo(nodes).map((one) => `${one}@127.0.0.1:${portsOf(first, one).controllers}`)
  const others = doors.map(({ name }, index) => `,${name}://127.0.0.1:${controllers + 1 + index}`).join('')
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': voters.join(','),
    listeners: `PLAINTEXT://127.0.0.1:${clients},CONTROLLER://127.0.0.1:${controllers}${others}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${told ?? clients}${others}`,
    'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...doors.map(protocolOf)].join(),
    ...Object.fromEntries(doors.flatMap(settingsOfDoor)),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    'num.partitions': 10,
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 10,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 10,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'replica.lag.time.max.ms': 5_000,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
    // A node that was killed comes back within seconds, and a member that is gone is missed as soon.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'group.consumer.min.heartbeat.interval.ms': 500,
    'group.consumer.heartbeat.interval.ms': 1_000,
    'group.consumer.min.session.timeout.ms': 6_000,
    'group.consumer.session.timeout.ms': 10_000,
  }
}

const protocolOf = ({ name, protocol }: KafkaDoor): string => `${name}:${protocol}`

function settingsOfDoor({ name, settings }: KafkaDoor): readonly (readonly [string, string])[] {
  return Object.entries(settings).map(([key, value]) => [`listener.name.${name.toLowerCase()}.${key}`, value])
}
