import { spawnSync } from 'node:child_process'
import { mkdirSync, existsSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { judge, median, type Bench, type Repetition, type Row, type Suite } from '../suite.ts'
import { declaredProject } from './declared.ts'
import { model } from './model.ts'
import { plainProject } from './plain.ts'

const root = join(import.meta.dirname, '../..')
const compiler = join(root, 'node_modules/typescript7/bin/tsc')

const measures = [{ id: 'types-100', run }]

/** What it costs to type-check a large system beside the same system written by hand as interfaces and functions. */
export function typesSuite(): Suite {
  return { name: 'types', what: 'type-checking a system of 100 aggregates, 600 events and 600 commands', measures }
}

async function run({ folder, progress, quick }: Bench): Promise<readonly Row[]> {
  const repetitions = quick ? 5 : 9
  progress.begin('types-100', repetitions + 1)
  emitDeclarations(join(folder, 'eventwright'))
  const big = model()
  const ours = writeProject(join(folder, 'ours'), declaredProject(big))
  const theirs = writeProject(join(folder, 'theirs'), plainProject(big))
  const details = { ...diagnostics('ours', ours), ...diagnostics('theirs', theirs) }
  progress.step()
  const pairs: Repetition[] = []
  for (let index = 0; index < repetitions; index++) {
    pairs.push(pair(ours, theirs, index % 2 === 0))
    progress.step()
  }
  return rows(pairs, details)
}

// TypeScript's own default is four checkers on any machine; more checkers than cores slow down whatever shares types.
const checkers = Math.min(4, availableParallelism())
const how = `tsc --noEmit, ${checkers} checkers`

function rows(repetitions: readonly Repetition[], details: NonNullable<Row['details']>): readonly Row[] {
  const ratio = median(repetitions.map((each) => each.ratio!))
  const seconds = median(repetitions.map((each) => each.ours))
  return [
    {
      id: 'types-100',
      what: `100 aggregates, 600 events, 600 commands: ${how}`,
      unit: 's',
      peer: 'interfaces and annotated functions by hand',
      ratio,
      target: '<= 3',
      ours: seconds,
      theirs: median(repetitions.map((each) => each.theirs!)),
      repetitions,
      verdict: judge(ratio, '<= 3'),
      details,
    },
    {
      id: 'types-100-seconds',
      what: 'the same in seconds',
      unit: 's',
      peer: 'one second',
      ratio: seconds,
      target: '<= 1.5',
      ours: seconds,
      theirs: 1,
      verdict: judge(seconds, '<= 1.5'),
      repetitions: repetitions.map(({ ours }) => ({ ours, theirs: 1, ratio: ours })),
    },
  ]
}

/** Users see the library as declarations, so its own sources must not be part of what is measured. */
function emitDeclarations(outDir: string): void {
  tsc('-p', join(root, 'tsconfig.json'), '--emitDeclarationOnly', '--outDir', outDir)
  if (!existsSync(join(outDir, 'index.d.ts'))) throw new Error(`The declarations were not written to ${outDir}.`)
}

function writeProject(folder: string, files: ReadonlyMap<string, string>): string {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  const compilerOptions = {
    noEmit: true,
    target: 'es2024',
    lib: ['es2024'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    allowImportingTsExtensions: true,
    paths: { eventwright: ['../eventwright/index.d.ts'] },
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }, null, 2))
  return folder
}

function pair(ours: string, theirs: string, oursFirst: boolean): Repetition {
  const first = seconds(oursFirst ? ours : theirs)
  const second = seconds(oursFirst ? theirs : ours)
  const [mine, other] = oursFirst ? [first, second] : [second, first]
  return { ours: mine, theirs: other, ratio: mine / other }
}

function seconds(project: string): number {
  const begun = performance.now()
  const { status, stdout } = tsc('-p', project, '--checkers', String(checkers))
  if (status !== 0) throw new Error(`The generated project ${project} does not compile:\n${stdout.slice(0, 2000)}`)
  return (performance.now() - begun) / 1000
}

function diagnostics(side: string, project: string): Record<string, number> {
  const { stdout } = tsc('-p', project, '--checkers', String(checkers), '--extendedDiagnostics')
  const figure = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(stdout)?.[1])
  return {
    [`${side}Instantiations`]: figure('Instantiations'),
    [`${side}MemoryMiB`]: Math.round(figure('Memory used') / 1024),
  }
}

function tsc(...options: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  return spawnSync(process.execPath, [compiler, ...options], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
}
