import type { Command } from 'commander'
import { commandLine } from '../src/cli/command-line.ts'
import type { Io } from '../src/cli/io.ts'

const silent = { isTerminal: false, columns: 100, write: async () => undefined }
const io: Io = {
  stdout: silent,
  stderr: silent,
  env: {},
  folder: '.',
  clock: { now: () => 0, sleep: async () => undefined },
  stop: new AbortController().signal,
}

/** The page of the command line, made from the help of its commands. */
export function cliPage(): string {
  const sections = leaves(commandLine({ io, exitCode: 0, json: false })).map((command) => {
    const help = command.helpInformation().trimEnd().replaceAll(/ +$/gm, '')
    return [`## ${nameOf(command)}`, '', '```text', help, '```', ''].join('\n')
  })
  return [
    '# Command line',
    '',
    '`npx eventwright …` runs a system and looks into stores. Results go to stdout, everything else to stderr. With',
    '`--json` a command prints one JSON document, or one line of JSON for each result where results come one by one;',
    'an error is then one document `{ "error": { … } }` on stderr. Without it people get tables, and bars on a terminal;',
    '`NO_COLOR` turns colours off. Commands that look into a store work beside processes that run on it, and never create',
    'one. `EVENTWRIGHT_STORE` stands in for `--store`, `EVENTWRIGHT_SCHEMA` for `--schema`; `EVENTWRIGHT_BUCKETS` is into how',
    'many buckets consumers are divided in PostgreSQL ([operations](../operations.md)). An address is shown without its',
    'password; to keep it out of the list of processes too, give it in the environment.',
    '',
    'Exit codes: 0 done; 1 failed, or a check found something; 2 wrongly called; 130 after a second interrupt.',
    '',
    'This page is made from the help of the commands by `npm run derive`.',
    '',
    ...sections,
  ].join('\n')
}

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}
