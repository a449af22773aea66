import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { root } from '../tools/root.ts'
import { readProject } from '../tools/tidy/project.ts'
import { rules } from '../tools/tidy/rules.ts'

const project = readProject(root)

test('there is code to look at', () => assert.ok(project.files.some((file) => file.path.startsWith('src/'))))

for (const { name, why, find } of rules) {
  test(`${name}: ${why}`, () => {
    const found = find(project)
    assert.ok(found.length === 0, `${found.length} found\n  ${found.slice(0, 40).join('\n  ')}`)
  })
}

const innocent = `/** Date.now() and using x = y and console.log */
export const text = 'Math.random(); new Date()'
`
const open = `// ${'TO'}DO later\n`
const faults: [rule: string, file: string, text: string][] = [
  ['the root', 'NOTES.md', 'notes\n'],
  ['public entries', 'src/design/index.ts', `export { a } from './a.ts'\n`],
  ['contracts', 'src/adapters/oracle/store.ts', '// nothing\n'],
  ['mirror', 'test/design/nowhere.test.ts', '// nothing\n'],
  ['file length', 'src/long.ts', '// line\n'.repeat(401)],
  ['line length', 'src/wide.ts', `// ${'x'.repeat(120)}\n`],
  ['file names', 'src/base/utils.ts', '// nothing\n'],
  ['file names', 'src/base/base-things.ts', '// nothing\n'],
  ['file names', 'src/base/CamelCase.ts', '// nothing\n'],
  ['left-overs', 'src/base/open.ts', open],
  ['left-overs', 'src/base/old.ts', `// const old = 1\n`],
  ['left-overs', 'src/base/quiet.ts', `// @ts-${'ignore'}\n`],
  ['banners', 'src/base/banner.ts', '// ------- part two\n'],
  ['white space', 'src/base/space.ts', '// a \n'],
  ['white space', 'src/base/end.ts', '// a'],
  ['function length', 'src/base/big.ts', `function big() {\n${'  big()\n'.repeat(70)}}\n`],
  ['time and chance', 'src/runtime/now.ts', 'const now = Date.now\n'],
  ['time and chance', 'src/runtime/date.ts', 'const date = new Date()\n'],
  ['time and chance', 'src/runtime/dice.ts', 'const dice = Math.random()\n'],
  ['timers and loops', 'src/cli/interval.ts', 'setInterval(() => 1, 5)\n'],
  ['timers and loops', 'src/adapters/memory/timer.ts', 'setTimeout(() => 1, 5)\n'],
  ['timers and loops', 'src/adapters/memory/loop.ts', 'while (true) break\n'],
  ['syntax that Node runs', 'src/base/decorated.ts', '@sealed class A {}\n'],
  ['syntax that Node runs', 'src/base/using.ts', 'function f() {\n  using a = open()\n}\n'],
  ['syntax that Node runs', 'src/base/await-using.ts', 'await using a = open()\n'],
  ['exports', 'src/base/bare.ts', 'export const a = 1\n'],
  ['exports', 'src/base/default.ts', '/** What. */\nexport default class A {}\n'],
  ['exports', 'src/base/star.ts', `export * from './bare.ts'\n`],
  ['tests run', 'test/skipped.test.ts', `test.${'skip'}('a', () => {})\n`],
  ['tests run', 'test/option.test.ts', `test('a', { ${'only'}: true }, () => {})\n`],
  ['nothing is printed', 'src/runtime/print.ts', 'console.log(1)\n'],
  ['punctuation', 'src/base/semicolon.ts', 'const a = 1;\n'],
  ['punctuation', 'src/base/quotes.ts', 'const a = "b"\n'],
]

test('each planted fault breaks its rule, and what only looks like a fault breaks none', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'eventwright-tidy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }

  const exports = { './gone': { 'eventwright-source': './src/gone.ts' } }
  write('package.json', JSON.stringify({ scripts: { lost: 'node lost.ts' }, exports }))
  write('src/base/innocent.ts', innocent)
  for (const [, file, text] of faults) write(file, text)

  const planted = readProject(folder)
  const found = rules.flatMap((rule) => rule.find(planted).map((place) => `${rule.name}: ${place}`))
  const bites = (rule: string, place: string): boolean => found.some((line) => line.startsWith(`${rule}: ${place}`))
  const silent = faults.filter(([rule, file]) => !bites(rule, rule === 'contracts' ? dirname(file) : file))
  assert.deepEqual(
    silent.map(([rule, file]) => `${rule}: ${file}`),
    [],
  )
  assert.ok(bites('public entries', './gone') && bites('commands', 'lost: lost.ts'))
  assert.deepEqual(
    found.filter((line) => line.includes('innocent')),
    [],
  )
  assert.deepEqual(
    rules.filter(({ name }) => !bites(name, '')).map(({ name }) => name),
    [],
  )
})
