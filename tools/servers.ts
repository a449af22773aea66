import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'
import { promtoolPath } from './services/promtool.ts'

/** A server or program that some tests need, and the environment variable that says where it is. */
export interface Server {
  readonly name: string
  readonly variable: string
  /** Of a program: where it is looked for when the variable is not set. */
  readonly usualPath?: string
}

/** Every one that some test needs. */
export const servers: readonly Server[] = [
  { name: 'postgres', variable: 'EVENTWRIGHT_POSTGRES_URL' },
  { name: 'kafka', variable: 'EVENTWRIGHT_KAFKA_BROKERS' },
  { name: 'rabbitmq', variable: 'EVENTWRIGHT_RABBITMQ_URL' },
  { name: 'registry', variable: 'EVENTWRIGHT_REGISTRY_URL' },
  { name: 'mongodb', variable: 'EVENTWRIGHT_MONGODB_URL' },
  { name: 'python', variable: 'EVENTWRIGHT_PYTHON', usualPath: join(root, '.services/python/bin/python') },
  { name: 'promtool', variable: 'EVENTWRIGHT_PROMTOOL', usualPath: promtoolPath() },
  { name: 'chromium', variable: 'EVENTWRIGHT_CHROMIUM_PATH', usualPath: '/usr/bin/chromium' },
]

const known = servers.map((server) => server.name).join(', ')

/** The servers whose tests cannot run here. */
export function absentServers(): readonly Server[] {
  return servers.filter((server) => placeOf(server) === undefined)
}

/** Where a server or program is; undefined when the tests that need it cannot run here. */
export function placeOfServer(name: string): string | undefined {
  const server = servers.find((one) => one.name === name)
  if (server === undefined) throw new Error(`no server is called ${name}; known are ${known}`)
  return placeOf(server)
}

function placeOf({ variable, usualPath }: Server): string | undefined {
  const place = process.env[variable] || usualPath
  if (place === undefined) return undefined
  return usualPath === undefined || existsSync(place) ? place : undefined
}

/** What EVENTWRIGHT_REQUIRE names and is not there, as sentences; empty when all is well. */
export function missingRequirements(): readonly string[] {
  const required = (process.env['EVENTWRIGHT_REQUIRE'] ?? '').split(',').map((name) => name.trim())
  return required
    .filter((name) => name !== '')
    .flatMap((name) => {
      const server = servers.find((one) => one.name === name)
      if (server === undefined) return [`EVENTWRIGHT_REQUIRE names ${name}; known are ${known}`]
      if (!absentServers().includes(server)) return []
      const { variable, usualPath } = server
      if (usualPath === undefined) return [`EVENTWRIGHT_REQUIRE names ${name}, but ${variable} is not set`]
      const path = process.env[variable] || usualPath
      return [`EVENTWRIGHT_REQUIRE names ${name}, but there is no ${path}; ${variable} may name another`]
    })
}

/** One line for the end of a run. */
export function notRunLine(): string {
  const absent = absentServers()
  if (absent.length === 0) return 'not run: nothing, every server was there'
  return `not run: ${absent.map((server) => `${server.name} (${server.variable})`).join(', ')}`
}
