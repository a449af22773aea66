import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { cruise } from '../tools/cruise.ts'
import { root } from '../tools/root.ts'

test('every import of the project is inside its layers, and every file was looked at', () => {
  const { modules, violations, unseen } = cruise(root)
  assert.ok(modules > 0, 'dependency-cruiser saw no file')
  assert.deepEqual(unseen, [])
  assert.deepEqual(
    violations.map((v) => `${v.rule}: ${v.from} -> ${v.to}`),
    [],
  )
})

// What the faults point at; nothing of it is a fault by itself.
const targets: Record<string, string> = {
  'src/index.ts': `export { ground } from './base/ground.ts'\n`,
  'src/base/ground.ts': `export const ground = 1\n`,
  'src/base/back.ts': `export type Back = 1
`,
  'src/base/circle.ts': `import type { Back } from './back.ts'
export type Circle = Back | 2
`,
  'src/schema/field.ts': `export { ground } from '../base/ground.ts'\n`,
  'src/design/part.ts': `export { ground } from '../base/ground.ts'\n`,
  'src/ports/port.ts': `export { ground } from '../base/ground.ts'\n`,
  'src/runtime/loop.ts': `export { ground } from '../base/ground.ts'\n`,
  'src/runtime/inspect.ts': `export { ground } from '../base/ground.ts'\n`,
  'src/adapters/memory/store.ts': `export { ground } from '../../base/ground.ts'\n`,
  'src/adapters/sqlite/store.ts': `export { ground } from '../../base/ground.ts'\nimport 'node:sqlite'\n`,
  'src/adapters/sqlite/index.ts': `export { ground } from './store.ts'\n`,
  'src/console/server.ts': `export { ground } from '../runtime/inspect.ts'\n`,
  'src/console/wire.ts': `export { ground } from '../base/ground.ts'\n`,
  'src/console/ui/page.ts': `export { ground } from '../wire.ts'\n`,
  'src/testing/spec.ts': `export { ground } from '../adapters/memory/store.ts'\nimport 'node:test'\n`,
  'src/cli/main.ts': `export { ground } from '../adapters/sqlite/index.ts'\nimport 'commander'\n`,
  'test/fixture.ts': `export const fixture = 1\n`,
  'examples/shop.ts': `export { ground } from 'eventwright'\n`,
}

const faults: [rule: string, file: string, text: string][] = [
  ['base-imports', 'src/base/upwards.ts', `export { ground } from '../schema/field.ts'`],
  ['design-imports', 'src/design/driven.ts', `export { ground } from '../adapters/sqlite/store.ts'`],
  ['design-imports', 'src/design/running.ts', `export type { ground } from '../runtime/loop.ts'`],
  ['ports-imports', 'src/ports/running.ts', `export { ground } from '../runtime/loop.ts'`],
  ['runtime-imports', 'src/runtime/driven.ts', `export { ground } from '../adapters/memory/store.ts'`],
  ['adapters/sqlite-imports', 'src/adapters/sqlite/neighbour.ts', `export { ground } from '../memory/store.ts'`],
  ['adapters/memory-imports', 'src/adapters/memory/loop.ts', `export { ground } from '../../runtime/loop.ts'`],
  ['architect-imports', 'src/architect/ported.ts', `export { ground } from '../ports/port.ts'`],
  ['testing-imports', 'src/testing/driven.ts', `export { ground } from '../adapters/sqlite/store.ts'`],
  ['console-imports', 'src/console/loop.ts', `export { ground } from '../runtime/loop.ts'`],
  ['entry-imports', 'src/index.ts', `export { ground } from './console/server.ts'`],
  ['every-folder-is-a-layer', 'src/extra/strings.ts', `export { ground } from '../base/ground.ts'`],
  ['unlisted-folder', 'src/cli/strings.ts', `export { ground } from '../extra/strings.ts'`],
  ['core-names-no-package', 'src/runtime/typed.ts', `import type { Pool } from 'pg'\nexport type P = Pool`],
  ['core-names-no-package', 'src/runtime/inline.ts', `export type P = import('pg').Pool`],
  ['core-names-no-package', 'src/schema/zod.ts', `export { z } from 'zod'`],
  ['unlisted-package', 'src/cli/kleur.ts', `export { default } from 'kleur'`],
  ['commander-only-in-cli', 'src/console/options.ts', `export { Command } from 'commander'`],
  ['hono-only-in-console', 'src/adapters/memory/http.ts', `export { Hono } from 'hono'`],
  ['declarations-do-no-io', 'src/design/file.ts', `export { readFileSync } from 'node:fs'`],
  ['declarations-do-no-io', 'src/architect/file.ts', `export { readFileSync } from 'node:fs'`],
  ['sqlite-only-in-its-adapter', 'src/runtime/sqlite.ts', `export { DatabaseSync } from 'node:sqlite'`],
  ['test-runner-only-in-testing', 'src/runtime/tested.ts', `export { test } from 'node:test'`],
  ['ui-knows-only-the-wire', 'src/console/ui/server.ts', `export type { ground } from '../server.ts'`],
  ['nobody-imports-the-cli', 'examples/main.ts', `export { ground } from '../src/cli/main.ts'`],
  ['no-inner-index', 'src/testing/index-user.ts', `export { ground } from 'eventwright'`],
  ['no-inner-index', 'src/adapters/sqlite/inner.ts', `export { ground } from './index.ts'`],
  ['src-stands-alone', 'src/testing/fixed.ts', `export { fixture } from '../../test/fixture.ts'`],
  ['outside-uses-public-names', 'examples/inside.ts', `export { ground } from '../src/runtime/loop.ts'`],
  ['no-orphans', 'src/base/alone.ts', `export const alone = 1`],
  ['resolvable', 'src/base/lost.ts', `export { lost } from './nowhere.ts'`],
  [
    'no-cycles',
    'src/base/back.ts',
    `import type { Circle } from './circle.ts'
export type Back = Circle | 1`,
  ],
]

test('imports inside the layers are allowed, and each planted fault is reported by its rule', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'eventwright-layers-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const file of ['layers.cjs', 'package.json', 'tsconfig.json', 'tsconfig.check.json']) {
    cpSync(join(root, file), join(folder, file))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }

  for (const [file, text] of Object.entries(targets)) write(file, text)
  assert.deepEqual(cruise(folder).violations, [])

  for (const [, file, text] of faults) write(file, `${text}\n`)
  const reported = new Set(cruise(folder).violations.map((v) => `${v.rule}: ${v.from}`))
  const silent = faults.map(([rule, file]) => `${rule}: ${file}`).filter((fault) => !reported.has(fault))
  assert.deepEqual(silent, [])
})
