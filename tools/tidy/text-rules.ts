import { basename, dirname } from 'node:path'
import type { CodeFile, Project, Rule } from './project.ts'

const maxFileLines = 400
const maxLineLength = 120
const drawers = /^(utils?|helpers?|common|misc|shared|types|interfaces)$/
const banner = /^\s*(\/\/|\/\*)\s*[-=*#~_]{3,}/
// An expected compiler error belongs to the one line below it; generated sources are compared line by line.
const onOneLine = /^(test|bench)\/types\//
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.(ts|tsx|mjs|cjs)$/

/** Rules about names, lengths and what is left over, which need no syntax tree. */
export const textRules: readonly Rule[] = [
  {
    name: 'file length',
    why: `a file of more than ${maxFileLines} lines holds two ideas`,
    find: ({ files }) =>
      files.filter((file) => file.lines.length > maxFileLines).map((file) => `${file.path} ${file.lines.length} lines`),
  },
  {
    name: 'line length',
    why: `a line of more than ${maxLineLength} characters is not read to its end`,
    find: (project) =>
      eachLine(project, (line, { path }) =>
        readLength(line) > maxLineLength && !onOneLine.test(path) ? `${line.length} characters` : undefined,
      ),
  },
  {
    name: 'file names',
    why: 'kebab-case, the idea and not the drawer, and the folder says its name only once',
    find: ({ files }) => files.flatMap(({ path }) => nameFaults(path).map((fault) => `${path} ${fault}`)),
  },
  {
    name: 'left-overs',
    why: 'an open end belongs in an issue, old code in the history, a silenced check nowhere',
    find: (project) => eachLine(project, (line, file) => leftOver(line, file)),
  },
  {
    name: 'banners',
    why: 'a file that needs dividing lines needs dividing',
    find: (project) => eachLine(project, (line) => (banner.test(line) ? 'a banner' : undefined)),
  },
  {
    name: 'white space',
    why: 'two spaces, none at the end of a line, one line break at the end of a file',
    find: (project) => [
      ...eachLine(project, (line) => (/^ *\t/.test(line) ? 'a tab' : undefined)),
      ...eachLine(project, (line) => (/\s$/.test(line) ? 'space at the end' : undefined)),
      ...project.files.filter(({ text }) => !/[^\n]\n$/.test(text)).map(({ path }) => `${path} ends otherwise`),
    ],
  },
]

function eachLine({ files }: Project, check: (line: string, file: CodeFile) => string | undefined): string[] {
  return files.flatMap((file) =>
    file.lines.flatMap((line, at) => {
      const fault = check(line, file)
      return fault === undefined ? [] : [`${file.path}:${at + 1} ${fault}`]
    }),
  )
}

function nameFaults(path: string): string[] {
  const name = basename(path)
  const stem = name.split('.')[0] ?? ''
  const folder = basename(dirname(path))
  const faults: string[] = []
  if (!kebab.test(name)) faults.push('is not kebab-case')
  const folders = path.startsWith('src/') ? path.split('/').slice(1, -1) : []
  if ([stem, ...folders].some((part) => drawers.test(part))) faults.push('is named after the drawer')
  if (path.startsWith('src/') && stem.startsWith(`${folder}-`)) faults.push(`repeats its folder ${folder}`)
  return faults
}

// Written in pieces, so that this file does not find itself.
const open = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`)
const silenced = new RegExp(`@ts-(${'ig' + 'nore'}|${'no' + 'check'})|(eslint|oxlint|prettier)-${'disable'}`)
const expected = new RegExp(`@ts-${'expect-' + 'error'}`)
const oldCode =
  /^\s*\/\/\s*(import .* from ['"]|(const|let|var) \w+ =|return \w+[(.]|export (const|function|class)\b|await \w+[.(])/

function leftOver(line: string, { path }: CodeFile): string | undefined {
  if (open.test(line)) return 'an open end'
  if (silenced.test(line)) return 'a silenced check'
  if (expected.test(line) && !path.startsWith('test/types/')) return 'an expected type error outside test/types'
  if (oldCode.test(line)) return 'commented-out code'
  return undefined
}

/** What a line asks of its reader: a long text inside it (a message, a generated source) cannot be wrapped. */
function readLength(line: string): number {
  if (line.length <= maxLineLength || line.includes('`')) return Math.min(line.length, maxLineLength)
  return line.replaceAll(/'[^']*'|"[^"]*"/g, "''").length
}
