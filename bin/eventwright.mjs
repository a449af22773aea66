#!/usr/bin/env node
// The command line. In a clone it runs the sources, through the script that fetches a newer Node where needed;
// installed it runs `dist`.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

if (existsSync(source)) {
  const { runWithNode } = await import('../scripts/with-node.mjs')
  await runWithNode([source, ...process.argv.slice(2)])
} else {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 22)) {
    console.error(`eventwright needs Node 22.22 or newer (24 LTS preferred); this is Node ${process.versions.node}.`)
    process.exit(1)
  }
  silenceExperimentalWarnings()
  await import('../dist/cli/main.js')
}

// Node 22 prints a warning for its SQLite on every run.
function silenceExperimentalWarnings() {
  const emit = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type
    if (type !== 'ExperimentalWarning') emit.call(process, warning, ...rest)
  }
}
