import { InvalidArgumentError, type Command } from 'commander'
import { RegistryClient } from '../../adapters/schema-registry/client.ts'
import { settingsOf } from '../../adapters/schema-registry/settings.ts'
import { assertSubjects, subjectOf } from '../../adapters/schema-registry/subjects.ts'
import { channelMessages } from '../../design/channel-messages.ts'
import { wireSchemas, wireTypeOf, type SchemaFormat, type WireSchema } from '../../design/wire-schema.ts'
import { lockState, numbersOf, type LockState } from '../../runtime/log/released.ts'
import type { Run } from '../io.ts'
import { lockPath } from '../lock-beside.ts'
import { withJson, withSystem } from '../options.ts'
import { systemOf } from '../system-of.ts'

/** What every command about schemas is told. */
export interface SchemasChoice {
  readonly system: string
  readonly registry?: string
  readonly subjects: (typeof strategies)[number]
  readonly lock?: string
}

/** A subject and the schema versions that the design has for it, oldest first. */
export interface DeclaredSubject {
  readonly subject: string
  readonly channel: string
  /** Its name on the wire. */
  readonly message: string
  readonly format: SchemaFormat
  readonly schemas: readonly WireSchema[]
}

/** A design beside a registry. */
export interface Declared {
  readonly client: RegistryClient
  /** Without a password. */
  readonly registry: string
  readonly lock: LockState
  readonly subjects: readonly DeclaredSubject[]
}

const strategies = ['topic-record', 'record', 'topic'] as const

/** Adds the options that every command about schemas has. */
export function withRegistry(command: Command): Command {
  return withJson(withSystem(command))
    .option('--registry <url>', 'the schema registry (default: $EVENTWRIGHT_REGISTRY_URL)')
    .option('--subjects <names>', `how subjects are called: ${strategies.join(', ')}`, strategyOf, 'topic-record')
    .option('--lock <file>', 'the lock file (default: eventwright.lock.json beside the module)')
}

/** Loads a design and what it declares for a registry. A missing registry is a usage error. */
export async function declaredFor(command: Command, choice: SchemasChoice, { io }: Run): Promise<Declared> {
  const url =
    choice.registry || io.env['EVENTWRIGHT_REGISTRY_URL'] || command.error(noRegistry, { code: 'eventwright.registry' })
  const token = io.env['EVENTWRIGHT_REGISTRY_TOKEN']
  const settings = settingsOf(url, token ? { auth: { token } } : {})
  const system = await systemOf(choice.system, io)
  const lock = await lockState(system, lockPath(choice.system, choice.lock, io))
  const channels = channelMessages(system.graph, new Set(system.graph.services.keys()))
  assertSubjects(choice.subjects, channels)
  // Numbers that are not in the lock file may still become others, so they are not taken from the text to be written.
  const numbers = await numbersOf(lock.path)
  const subjects = new Map<string, DeclaredSubject>()
  for (const channel of channels) {
    for (const schema of wireSchemas(channel, numbers)) {
      const subject = subjectOf(choice.subjects, { channel: channel.channel, name: schema.name })
      const { schemas = [], ...known } = subjects.get(subject) ?? {
        subject,
        channel: channel.channel,
        message: wireTypeOf(schema.message),
        format: channel.format as SchemaFormat,
      }
      const isKnown = schemas.some(({ text }) => text === schema.text)
      subjects.set(subject, { ...known, schemas: isKnown ? schemas : [...schemas, schema] } as DeclaredSubject)
    }
  }
  const list = [...subjects.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1))
  return { client: new RegistryClient(settings), registry: settings.url, lock, subjects: list }
}

const noRegistry = 'error: no registry: use --registry http://… or set EVENTWRIGHT_REGISTRY_URL'

function strategyOf(text: string): (typeof strategies)[number] {
  const found = strategies.find((each) => each === text)
  if (found !== undefined) return found
  throw new InvalidArgumentError(`It must be one of ${strategies.join(', ')}.`)
}
