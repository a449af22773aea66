import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { publint } from 'publint'
import { root } from '../tools/root.ts'
import { stagePackage } from '../tools/stage-package.ts'

const folder = mkdtempSync(join(tmpdir(), 'eventwright-package-'))
const staged = join(folder, 'package')
const consumer = join(folder, 'consumer')
const installed = join(consumer, 'node_modules/eventwright')
let unpackedBytes = 0

const counter = `
import { aggregate, command, event, memory, projection, service, start, system, t } from 'eventwright'
import type { Receipt } from 'eventwright'

const Taken = event('Taken', { queue: t.string(), number: t.int() })
const Take = command('Take', { queue: t.string() })
const Queue = aggregate('Queue', { events: [Taken], commands: [Take], id: (c) => c.queue, initial: () => 0 })
  .evolve({ Taken: (last) => last + 1 })
  .decide({ Take: (c, last) => Taken({ queue: c.queue, number: last + 1 }) })
const Queues = projection('queues', { from: [Taken], key: (e) => e.queue, row: { taken: t.int() } })
  .on({ Taken: (_, e) => ({ taken: e.number }) })
const town = system('town', { services: [service('desk', { parts: [Queue, Queues], owner: 'team-desk' })] })

const running = await start(town, { store: memory() })
let receipt: Receipt | undefined
for (let i = 0; i < 3; i++) receipt = (await running.execute(Take({ queue: 'passports' }))).receipt
const row = await running.views.queues.get('passports', receipt === undefined ? {} : { after: receipt })
console.log(\`\${row?.taken} taken\`)
await running.stop()
`

before(async () => {
  await stagePackage(staged)
  const { unpackedSize, filename } = pack(staged)
  unpackedBytes = unpackedSize
  const commander = pack(join(root, 'node_modules/commander')).filename
  mkdirSync(consumer)
  writeFileSync(
    join(consumer, 'package.json'),
    JSON.stringify({
      type: 'module',
      dependencies: { eventwright: `file:${join(folder, filename)}`, commander: `file:${join(folder, commander)}` },
    }),
  )
  run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], consumer)
  mkdirSync(join(consumer, 'node_modules/@types'))
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name))
  }
})

after(() => rmSync(folder, { recursive: true, force: true }))

test('the package stays within 4 MB and holds JavaScript and declarations only', () => {
  assert.ok(unpackedBytes > 0 && unpackedBytes <= 4_000_000, `${unpackedBytes} bytes`)
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
  assert.deepEqual(
    files.filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts')),
    [],
  )
  const top = ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'package.json']
  assert.deepEqual(readdirSync(installed).sort(), top)
})

test('publint finds nothing to say about the package', async () => {
  const { messages } = await publint({ pkgDir: staged, level: 'suggestion', strict: true, pack: false })
  assert.deepEqual(messages, [])
})

test('a consumer imports every entry', () => {
  const program = entries().map((entry, at) => `import * as e${at} from '${entry}'\nconsole.log(typeof e${at})`)
  writeFileSync(join(consumer, 'every.js'), program.join('\n'))
  assert.equal(run(process.execPath, ['every.js'], consumer), 'object\n'.repeat(entries().length))
})

test('a consumer runs a small system from the installed package', () => {
  writeFileSync(join(consumer, 'counter.ts'), counter)
  assert.equal(run(process.execPath, ['--disable-warning=ExperimentalWarning', 'counter.ts'], consumer), '3 taken\n')
})

for (const compiler of ['typescript7', 'typescript']) {
  test(`a consumer's program and all declarations compile with ${compiler}, without skipLibCheck`, () => {
    writeFileSync(join(consumer, 'counter.ts'), counter)
    const every = entries().map((entry, at) => `export * as e${at} from '${entry}'\n`)
    writeFileSync(join(consumer, 'every.ts'), every.join(''))
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          target: 'es2024',
          lib: ['es2024'],
          module: 'nodenext',
          types: ['node'],
          noEmit: true,
          strict: true,
          exactOptionalPropertyTypes: true,
          verbatimModuleSyntax: true,
          skipLibCheck: false,
        },
        files: ['counter.ts', 'every.ts'],
      }),
    )
    run(process.execPath, [join(root, 'node_modules', compiler, 'bin/tsc'), '-p', '.', '--pretty', 'false'], consumer)
  })
}

test('on a Node that is too old, every entry says so in one clear error', () => {
  const pretend = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})'
  // The machine's own Node, where it is one that the commands had to replace.
  const old = process.env['EVENTWRIGHT_MACHINE_NODE']
  const commands = [[process.execPath, '--import', pretend], ...(old === undefined ? [] : [[old]])]
  for (const [node = '', ...flags] of commands) {
    for (const entry of entries().filter((name) => name !== 'eventwright/ports')) {
      const args = [...flags, '--input-type=module', '-e', `await import('${entry}')`]
      const { status, stderr } = spawnSync(node, args, { cwd: consumer, encoding: 'utf8' })
      assert.equal(status, 1, entry)
      assert.match(stderr, /EW_NODE_VERSION: Eventwright needs Node\.js 22\.22 or newer, and this is \d+\.\d+/)
    }
  }
})

test('the command line of the installed package runs', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  assert.equal(run(process.execPath, [join(installed, 'bin/eventwright.mjs'), '--version'], consumer), `${version}\n`)
})

function entries(): string[] {
  const manifest = JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8')) as { exports: object }
  const subPaths = Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'))
  return subPaths.map((name) => `eventwright${name.slice(1)}`)
}

function pack(of: string): { filename: string; unpackedSize: number } {
  const said = run('npm', ['pack', of, '--json', '--ignore-scripts', '--pack-destination', folder], folder)
  const [tarball] = JSON.parse(said) as { filename: string; unpackedSize: number }[]
  assert.ok(tarball !== undefined && existsSync(join(folder, tarball.filename)), said)
  return tarball
}

function run(program: string, args: readonly string[], cwd: string): string {
  // Variables of the run that started this test would speak for the wrong project.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_)/i.test(name)))
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: 'utf8' })
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}${error?.message ?? ''}`)
  return stdout
}
