import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import type { DeadLetterStory, FailureMoment } from '../../runtime/parking/dead-letter-report.ts'
import { inspect } from '../../runtime/inspect.ts'
import { undecodedOf } from '../../runtime/parking/dead-letter-text.ts'
import type { Run } from '../io.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { withOpenStore } from '../with-open-store.ts'

/** `dead-letters show <consumer> <key>`: everything about one dead letter. Error: EW_PARKED when there is none. */
export function deadLettersShowCommand(parent: Command, run: Run): void {
  const command = parent
    .command('show')
    .description('Prints everything about one dead letter: the message, why it failed, what was done about it.')
    .argument('<consumer>', 'the consumer as `dead-letters list` shows it')
    .argument('<key>', 'the key')
  withSystemIfAny(withJson(withStore(command)), 'says which schema versions it knows').action(
    async (consumer: string, key: string, { system, ...choice }: StoreChoice & { system?: string }) => {
      const graph = system === undefined ? undefined : (await systemOf(system, run.io)).graph
      await withOpenStore(command, choice, run.io, async (store) => {
        const { deadLetters } = inspect(store, undefined, undefined, graph)
        const letter = await deadLetters.get(consumer, key)
        if (letter === undefined) throw await notParked(deadLetters, consumer, key)
        if (run.json) return printJson(run.io, letter)
        await printLines(run.io, ...linesOf(letter).map((line) => printable(line)))
      })
    },
  )
}

type Reports = ReturnType<typeof inspect>['deadLetters']

async function notParked({ actions }: Reports, consumer: string, key: string): Promise<Error> {
  const [last] = await actions({ consumer, key, kind: 'discarded', limit: 1 })
  const gone = last === undefined ? '' : ` The last one was discarded at ${last.at} by ${last.who}: ${last.why}.`
  return failure('EW_PARKED', `The key "${key}" of ${consumer} is not parked.${gone}`, { details: { consumer, key } })
}

function linesOf(letter: DeadLetterStory): readonly string[] {
  const { consumer, key, state, source, position, behind, attempts, replays, vainReplays, edits } = letter
  const versions = letter.knownVersions === undefined ? '' : `; known today: ${letter.knownVersions.join(', ')}`
  return [
    `${consumer}  ${key}  (${state})`,
    `message      ${letter.type ?? 'of an unknown type'}  ${letter.id ?? ''}`.trimEnd(),
    `version      ${letter.schemaVersion ?? 'unknown'}${versions}`,
    `correlation  ${letter.correlationId ?? 'unknown'}`,
    `place        ${source} ${position}; ${behind} behind it`,
    `parked       ${letter.parkedAt}`,
    `failed       ${letter.failedAt}  ${letter.code}: ${letter.message}`,
    ...letter.stack.split('\n').slice(1).filter(Boolean),
    `tried        ${attempts} times`,
    ...letter.history.map(lineOfMoment),
    `replayed     ${replays} times in vain, ${vainReplays} of them through what still runs`,
    ...letter.replayEnds.map(lineOfMoment),
    ...(edits > 0 ? [`edited       ${edits} times`] : []),
    ...letter.actions.map(({ at, kind, who, why, id }) => `  ${at}  ${kind} by ${who}: ${why} (${id ?? 'no id'})`),
    ...bytesLines(letter.content),
    'content',
    ...jsonLines(letter.content),
    ...(letter.original === undefined ? [] : ['as it came', ...jsonLines(letter.original)]),
  ]
}

/** What came where a message could not be decoded: its value is these bytes in base64. */
function bytesLines(content: DeadLetterStory['content']): readonly string[] {
  const why = undecodedOf(content)
  const { value } = Object(content) as { readonly value?: unknown }
  if (why === undefined || typeof value !== 'string') return []
  return [`undecoded    ${Buffer.byteLength(value, 'base64')} bytes as they came, in base64 as the value`, `  ${why}`]
}

function lineOfMoment({ at, code, message }: FailureMoment): string {
  return `  ${at}  ${code}: ${message}`
}

function jsonLines(value: unknown): readonly string[] {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `  ${line}`)
}
