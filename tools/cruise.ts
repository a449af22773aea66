import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

/** One import that a rule of layers.cjs forbids. */
export interface Violation {
  readonly rule: string
  readonly comment: string
  readonly from: string
  readonly to: string
}

/** What dependency-cruiser saw. With `unseen` files of src, not analysed, a clean answer is worth nothing. */
export interface Cruise {
  readonly modules: number
  readonly violations: readonly Violation[]
  readonly unseen: readonly string[]
}

interface Finding {
  readonly rule: { readonly name: string }
  readonly comment?: string
  readonly from: string
  readonly to: string
}

interface Output {
  readonly summary: { readonly violations: readonly Finding[] }
  readonly modules: readonly { source: string }[]
}

/** Applies the layers.cjs of `folder` to its src, examples and bench. */
export function cruise(folder: string): Cruise {
  const binary = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const parts = ['src', 'examples', 'bench'].filter((part) => existsSync(join(folder, part)))
  const args = [binary, '--config', 'layers.cjs', '--output-type', 'json', ...parts]
  const run = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 })
  const { summary, modules } = parse(run.stdout, run.stderr)
  const seen = new Set(modules.map((module) => module.source))
  return {
    modules: modules.filter((module) => module.source.startsWith('src/')).length,
    violations: summary.violations.map(({ rule, comment = '', from, to }) => ({ rule: rule.name, comment, from, to })),
    unseen: globSync('src/**/*.{ts,tsx}', { cwd: folder }).filter((file) => !seen.has(file.replaceAll('\\', '/'))),
  }
}

function parse(stdout: string, stderr: string): Output {
  try {
    return JSON.parse(stdout) as Output
  } catch (cause) {
    throw new Error(`dependency-cruiser said nothing that can be read:\n${stderr || stdout}`, { cause })
  }
}
