// Runs a file of this project under a Node that can run it: `node scripts/with-node.mjs FILE ...ARGUMENTS`.
// Plain JavaScript that any Node from 16 on understands; it needs no package.
import { spawn } from 'node:child_process'
import { delimiter, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepare } from './prepare.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Prepares Node and the packages, runs `args` under that Node with our sources instead of `dist`, ends as they end. */
export async function runWithNode(args) {
  const node = await prepare(root)
  const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH }
  if (node !== process.execPath) env.EVENTWRIGHT_MACHINE_NODE = process.execPath
  const flags = ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning']
  // spawn, not spawnSync: a signal must reach the child, or stopping this process would leave a server behind.
  const child = spawn(node, [...flags, ...args], { stdio: 'inherit', env })
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // A terminal sends SIGINT to the whole group already; a second one would end a child that is draining.
  process.on('SIGINT', () => undefined)
  child.on('error', (error) => {
    console.error(`Eventwright cannot start ${node}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) return process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runWithNode(process.argv.slice(2))
}
