/** A server that some tests need, and the environment variable that says where it is. */
export interface Server {
  readonly name: string
  readonly variable: string
}

const servers: readonly Server[] = [
  { name: 'postgres', variable: 'EVENTWRIGHT_POSTGRES_URL' },
  { name: 'kafka', variable: 'EVENTWRIGHT_KAFKA_BROKERS' },
  { name: 'rabbitmq', variable: 'EVENTWRIGHT_RABBITMQ_URL' },
  { name: 'registry', variable: 'EVENTWRIGHT_REGISTRY_URL' },
  { name: 'mongodb', variable: 'EVENTWRIGHT_MONGODB_URL' },
]

const known = servers.map((server) => server.name).join(', ')

/** The servers whose tests cannot run here. */
export function absentServers(): readonly Server[] {
  return servers.filter((server) => (process.env[server.variable] ?? '') === '')
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
      return [`EVENTWRIGHT_REQUIRE names ${name}, but ${server.variable} is not set`]
    })
}

/** One line for the end of a run. */
export function notRunLine(): string {
  const absent = absentServers()
  if (absent.length === 0) return 'not run: nothing, every server was there'
  return `not run: ${absent.map((server) => `${server.name} (${server.variable})`).join(', ')}`
}
