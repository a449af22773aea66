import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { downloaded } from './downloads.ts'
import { exchange } from './exchange.ts'
import { findJava, javaEnv, requireJava } from './java.ts'
import { mavenLibraries } from './maven.ts'
import { serviceOf } from './service-of.ts'
import type { Service } from './service.ts'

const version = '1.47.0'
const minimumJava = 17
const name = `mongo-java-server-${version}`
const libraries = [
  `de.bwaldvogel:mongo-java-server:${version}`,
  `de.bwaldvogel:mongo-java-server-h2-backend:${version}`,
  'org.slf4j:slf4j-simple:2.0.17',
]
const launcher = fileURLToPath(new URL('MongoLauncher.java', import.meta.url))

/** A private server that speaks as MongoDB does: no registry of packages has the real one. It knows no transactions. */
export const mongodbService: Service = serviceOf({
  name: 'mongodb',
  variable: 'EVENTWRIGHT_MONGODB_URL',
  ports: 1,
  isHere: () => downloaded(name) !== undefined && findJava(minimumJava) !== undefined,
  async prepare({ home, port }, say) {
    const java = requireJava('mongodb', minimumJava)
    const classes = join(await mavenLibraries(name, libraries, say), '*')
    const machine = ['-Xmx384m', '-Djava.awt.headless=true', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
    const args = [...machine, '-cp', classes, launcher, join(home, `data-${version}.mv`), String(port)]
    return [{ name: 'mongodb', command: java, args, env: javaEnv }]
  },
  answers: ({ port }) => pings(port),
  url: ({ port }) => `mongodb://127.0.0.1:${port}`,
})

/** Whether the server at this port answers `{ ping: 1, $db: 'admin' }` with a document. */
async function pings(port: number): Promise<boolean> {
  const message = 2013
  const fields = Buffer.concat([
    Buffer.from('\x10ping\0\x01\0\0\0', 'latin1'),
    Buffer.from('\x02$db\0\x06\0\0\0admin\0', 'latin1'),
    Buffer.from([0]),
  ])
  const size = (bytes: number): Buffer => {
    const written = Buffer.alloc(4)
    written.writeInt32LE(bytes)
    return written
  }
  const kind = 0
  const body = Buffer.concat([size(0), Buffer.from([kind]), size(fields.length + 4), fields])
  const head = [size(16 + body.length), size(1), size(0), size(message)]
  const answer = await exchange(port, Buffer.concat([...head, body]), (said) => said.length >= 16)
  return answer?.readInt32LE(12) === message
}
