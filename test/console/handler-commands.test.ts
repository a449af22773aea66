import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { commandLine } from '../../src/cli/command-line.ts'
import { processIo } from '../../src/cli/process-io.ts'
import { consoleRoutes } from '../../src/console/handler.ts'
import { root } from '../../tools/root.ts'

interface Row {
  readonly routes: readonly string[]
  readonly answer: string
}

/** The rows of the table in docs/console.md. */
function rows(): readonly Row[] {
  const [, section = ''] = readFileSync(join(root, 'docs/console.md'), 'utf8').split('## The same on the command line')
  const lines = section
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  return lines.map((line) => {
    const [, routes = '', answer = ''] = line.split(' | ').length === 2 ? /^\| (.*) \| (.*) \|$/.exec(line)! : []
    return { routes: quoted(routes), answer }
  })
}

function quoted(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inner]) => inner!)
}

/** Finds a command by its words; fails where there is none, or it has not an option that is named. */
function find(program: Command, text: string): Command {
  const [words, options] = [text.split(' ').filter((word) => !word.startsWith('--')), text.match(/--[\w-]+/g) ?? []]
  const found = words.reduce<Command | undefined>(
    (command, word) => command?.commands.find((each) => each.name() === word),
    program,
  )
  assert.ok(found !== undefined, `There is no command ${text}.`)
  const known = new Set(found.options.map(({ long }) => long))
  for (const option of options) assert.ok(known.has(option), `${words.join(' ')} has no ${option}.`)
  return found
}

test('every path of the console is named once, with its command or with why it has none', () => {
  const named = rows().flatMap(({ routes }) => routes)
  const routes = consoleRoutes.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(named.toSorted(), routes.toSorted())
})

test('every command that stands for a path of the console is there, with its options and --json', () => {
  const program = commandLine({ io: processIo(), exitCode: 0, json: false })
  for (const { routes, answer } of rows()) {
    if (answer.startsWith('none: ')) {
      assert.match(answer, /^none: .{20,}/, routes.join())
      continue
    }
    const commands = quoted(answer)
    assert.ok(commands.length > 0, `${routes.join()} has neither a command nor a reason.`)
    for (const text of commands)
      assert.ok(
        find(program, text).options.some(({ long }) => long === '--json'),
        `${text} has no --json.`,
      )
  }
})
