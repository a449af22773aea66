import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { blocksOf } from '../tools/docs/blocks.ts'
import { compileBlocks } from '../tools/docs/compile.ts'
import { derivedPages, isStale } from '../tools/derived.ts'
import { root } from '../tools/root.ts'
import { errorTable } from '../src/base/error-table.ts'

const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'bench/*.md'], {
  cwd: root,
  exclude: (name) => name.endsWith('node_modules'),
}).map((page) => page.replaceAll('\\', '/'))
const text = (page: string): string => readFileSync(join(root, page), 'utf8')
const blocks = pages.flatMap((page) => blocksOf(page, text(page)))

test('the README has at most 120 lines', () => assert.ok(text('README.md').trimEnd().split('\n').length <= 120))

test('every block of TypeScript in the documentation compiles against the public names', () => {
  assert.deepEqual(compileBlocks(blocks), [])
})

test('a block that is not compiled says why', () => {
  const silent = blocks.filter(({ unchecked }) => unchecked !== undefined && unchecked.length < 10)
  assert.deepEqual(
    silent.map(({ page, line }) => `${page}:${line}`),
    [],
  )
})

test('a block with an error in it is found, and its page and line with it', () => {
  const block = (info: string, code: string): string[] => [`\u0060\u0060\u0060${info}`, code, '\u0060\u0060\u0060']
  const page = [
    '# A page',
    ...block('ts file=one.ts', 'export const one = 1'),
    ...block('ts', `import { one } from './one.ts'`),
    'Then, in the same program:',
    '',
    ...block('ts continued', 'const two: string = one'),
    ...block('ts', `import { nothing } from 'eventwright/ports'`),
  ]
  const found = compileBlocks(blocksOf('docs/planted.md', page.join('\n'))).map((fault) => fault.split('\n')[0] ?? '')
  assert.deepEqual(
    found.map((fault) => fault.split(' ')[0]),
    ['docs/planted.md:11', 'docs/planted.md:14'],
  )
  assert.match(found[0] ?? '', /'number' is not assignable to type 'string'/)
  assert.match(found[1] ?? '', /no exported member 'nothing'/)
})

test('every link inside the documentation leads to a file that exists', () => {
  const broken = pages.flatMap((page) =>
    [
      ...text(page)
        .replaceAll(/```[\s\S]*?```/g, '')
        .matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g),
    ]
      .map(([, target]) => target ?? '')
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page} -> ${target}`),
  )
  assert.deepEqual(broken, [])
})

test('the derived pages say what the sources say (npm run derive writes them)', () => {
  assert.deepEqual(
    derivedPages.filter(isStale).map((page) => page.path),
    [],
  )
})

test('the page of errors and the table of errors name the same codes', () => {
  const documented = [...text('docs/reference/errors.md').matchAll(/^## (EW_\w+)$/gm)].map(([, code]) => code)
  assert.deepEqual(documented, Object.keys(errorTable).sort())
})

test('every error code of the table is used by the code', () => {
  const sources = globSync('src/**/*.ts', { cwd: root }).filter(
    (file) => !/(error-table|message-errors)\.ts$/.test(file),
  )
  const all = sources.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
  assert.deepEqual(
    Object.keys(errorTable).filter((code) => !new RegExp(`\\b${code}\\b`).test(all)),
    [],
  )
})
