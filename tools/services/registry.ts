import { join } from 'node:path'
import { downloaded } from './downloads.ts'
import { findJava, javaEnv, requireJava } from './java.ts'
import { mavenArchive } from './maven.ts'
import { serviceOf } from './service-of.ts'
import type { Service } from './service.ts'

interface Release {
  readonly version: string
  readonly java: number
  readonly jar: string
}

const newer: Release = { version: '3.3.3', java: 21, jar: 'quarkus-run.jar' }
const older: Release = { version: '2.6.13.Final', java: 17, jar: 'apicurio-registry-app-2.6.13.Final-runner.jar' }

/** A private registry of schemas, Apicurio, spoken to as to Confluent's: the newer one where there is a Java for it. */
export const registryService: Service = serviceOf({
  name: 'registry',
  variable: 'EVENTWRIGHT_REGISTRY_URL',
  ports: 2,
  isHere: () => downloaded(nameOf(fitting())) !== undefined && findJava(fitting().java) !== undefined,
  async prepare({ home, port }, say) {
    const release = fitting()
    const { version, jar } = release
    const program = requireJava('registry', release.java)
    const artifact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`
    const folder = await mavenArchive(nameOf(release), artifact, say)
    // Left alone it writes half a second after it has answered.
    const data = `jdbc:h2:file:${join(home, `data-${version}`)};WRITE_DELAY=0`
    const settings = {
      'quarkus.http.host': '127.0.0.1',
      'quarkus.http.port': port,
      // Left alone it opens port 9000 to everybody.
      'quarkus.management.host': '127.0.0.1',
      'quarkus.management.port': port + 1,
      'quarkus.log.level': 'WARN',
      'apicurio.rest.deletion.artifact.enabled': true,
      'apicurio.rest.deletion.artifact-version.enabled': true,
      [version === newer.version ? 'apicurio.datasource.url' : 'quarkus.datasource.jdbc.url']: data,
    }
    const flags = Object.entries(settings).map(([key, value]) => `-D${key}=${value}`)
    const args = ['-Xmx512m', '-Djava.awt.headless=true', ...flags, '-jar', join(folder, jar)]
    return [{ name: 'registry', command: program, args, env: javaEnv }]
  },
  async answers(kept) {
    try {
      const { ok } = await fetch(`${urlOf(kept)}/subjects`, { signal: AbortSignal.timeout(5_000) })
      return ok
    } catch {
      return false
    }
  },
  url: (kept) => urlOf(kept),
})

const fitting = (): Release => (findJava(newer.java) === undefined ? older : newer)
const nameOf = ({ version }: Release): string => `registry-${version}`
const urlOf = ({ port }: { port: number }): string => `http://127.0.0.1:${port}/apis/ccompat/v7`
