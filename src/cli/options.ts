import { InvalidArgumentError, type Command } from 'commander'

/** Adds `--json` and says what comes: one document, or one line for each result. */
export function withJson(command: Command, lines = false): Command {
  return command.option('--json', lines ? 'print one line of JSON for each' : 'print one JSON document')
}

/** Adds `--store` and `--schema`. */
export function withStore(command: Command): Command {
  return command
    .option('--store <store>', 'the SQLite file or the postgres:// URL (default: $EVENTWRIGHT_STORE)')
    .option('--schema <name>', 'the schema of a PostgreSQL store (default: $EVENTWRIGHT_SCHEMA, or eventwright)')
}

/** Adds `--system`, which must be there. */
export function withSystem(command: Command): Command {
  return command.requiredOption('--system <file>', 'the module whose default export, or export `system`, is the system')
}

/** Adds `--system` for commands that also work without it. */
export function withSystemIfAny(command: Command, what: string): Command {
  return command.option('--system <file>', `the module of the system: ${what}`)
}

/** A whole number from `least` on, for the parser of an option. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(number) && number >= least) return number
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`)
  }
}

/** Names with commas between them. */
export function nameList(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.every((name) => name.length > 0)) return names
  throw new InvalidArgumentError('Write names with commas between them: orders,payments.')
}
