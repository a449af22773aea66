import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { javaEnv, requireJava } from './java.ts'
import { kafkaClasses, kafkaVersion, minimumJava } from './kafka.ts'
import { mavenFile } from './maven.ts'
import type { Say } from './service.ts'

/** The programs behind Kafka's scripts; each is a class. */
const programs = {
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
} as const

/**
 * Runs what a script of Kafka's own runs, of the version of the server, and answers what it printed. Fetches the
 * programs once: the server does without them. Rejects with what it said when it ends with an error.
 */
export async function kafkaTool(
  script: keyof typeof programs,
  args: readonly string[],
  say: Say = () => undefined,
): Promise<string> {
  const java = requireJava('kafka', minimumJava)
  const server = await kafkaClasses(say)
  const tools = await mavenFile(`kafka-tools-${kafkaVersion}`, `org.apache.kafka:kafka-tools:${kafkaVersion}`, say)
  const classes = [tools, server].map((folder) => join(folder, '*')).join(':')
  const machine = ['-XX:TieredStopAtLevel=1', '-Xmx128m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
  const child = spawn(java, [...machine, '-cp', classes, programs[script], ...args], { env: javaEnv })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (said[stream] += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`${script} has ended with ${code}: ${said.stderr}`)
  return said.stdout
}
