import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from './root.ts'
import { runTests } from './run-tests.ts'

/** One question about the project, answered by yes or no; `detail` says what is wrong. */
export interface Step {
  readonly name: string
  readonly what: string
  run(): Promise<{ readonly passed: boolean; readonly detail: string }>
}

const compiler = join(root, 'node_modules/typescript7/bin/tsc')

/** Every step of `npm run check`, in order. */
export const steps: readonly Step[] = [
  {
    name: 'types',
    what: 'sources, tests, examples, benches and tools compile',
    run: () => node(compiler, '-p', 'tsconfig.check.json', '--pretty', 'false'),
  },
  {
    name: 'page',
    what: 'the page of the console compiles',
    run: () => node(compiler, '-p', 'src/console/ui/tsconfig.json', '--noEmit', '--pretty', 'false'),
  },
  {
    name: 'build',
    what: 'the sources compile as they are published: every exported type is written down',
    run: () => node(compiler, '-p', 'tsconfig.json', '--noEmit', '--pretty', 'false'),
  },
  ofTests('layers', 'imports stay inside their layers', 'test/layers.test.ts'),
  ofTests('tidy', 'house style', 'test/tidy.test.ts'),
  ofTests('docs', 'every block compiles, links lead somewhere, derived pages are fresh', 'test/docs.test.ts'),
  ofTests('api', 'the list of public names is what the sources export', 'test/public-api.test.ts'),
  ofTests('examples', 'every example prints what it says', 'test/examples.test.ts'),
  ofTests('lock', 'the lock file is complete, exact and free of scripts', 'test/lock-file.test.ts'),
  ofTests('package', 'the tarball installs, runs and compiles in a project of its own', 'test/package.test.ts'),
]

async function node(...args: string[]): Promise<{ passed: boolean; detail: string }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  const lines = said.trimEnd().split('\n')
  const detail = [...lines.slice(0, 60), ...(lines.length > 60 ? [`… and ${lines.length - 60} lines more`] : [])]
  return { passed: code === 0, detail: detail.join('\n') }
}

function ofTests(name: string, what: string, file: string): Step {
  return {
    name,
    what,
    run: async () => {
      const { passed, failed, failures, exitCode } = await runTests([file], { quiet: true })
      const detail = failures.join('\n') || 'the tests did not run'
      return { passed: exitCode === 0 && passed > 0 && failed === 0, detail }
    },
  }
}
