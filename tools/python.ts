import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

// npm run python: a Python of its own in .services/python with the pinned packages that tests ask for a second
// opinion about bytes. It is made once; what is pinned otherwise by now is brought up.

const folder = join(root, '.services/python')
const python = join(folder, 'bin/python')
if (!existsSync(python)) run(process.env['PYTHON'] || 'python3', ['-m', 'venv', folder])
const requirements = join(root, 'tools/python-requirements.txt')
run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements])
process.stdout.write(`export EVENTWRIGHT_PYTHON=${python}\n`)

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status === 0) return
  process.stderr.write(
    `${program} ${args.slice(0, 3).join(' ')} failed${error === undefined ? '' : `: ${error.message}`}\n`,
  )
  process.exit(1)
}
