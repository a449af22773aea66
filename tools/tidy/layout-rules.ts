import { dirname, basename } from 'node:path'
import type { Project, Rule } from './project.ts'

const rootNames = new Set(
  `README.md ARCHITECTURE.md CONTRIBUTING.md STYLE.md CHANGELOG.md SECURITY.md LICENSE
  package.json package-lock.json tsconfig.json tsconfig.check.json layers.cjs compose.yaml
  src test examples docs bench tools scripts bin dist node_modules
  .ci .git .github .gitignore .gitattributes .node .npmrc .services`.split(/\s+/),
)

// What stands in test/ beside the mirror of src: one word why.
const ownFolders = new Map([
  ['crash', 'breaks whole processes'],
  ['types', 'rules of the compiler'],
  ['golden', 'expected texts'],
  ['examples', 'mirrors examples/'],
  ['tools', 'mirrors tools/'],
  ['scripts', 'mirrors scripts/'],
  ['bench', 'mirrors bench/'],
  ['fixtures', 'what tests start or read'],
  ['faults', 'breaks the whole system on purpose'],
])

/** Rules about what stands where. */
export const layoutRules: readonly Rule[] = [
  {
    name: 'the root',
    why: 'the root is the first page of the project; a new entry needs a line in tools/tidy/layout-rules.ts',
    find: (project) => project.rootNames.filter((name) => !rootNames.has(name)),
  },
  {
    name: 'public entries',
    why: 'every sub-path exists, and an index.ts is a public entry or nothing',
    find: ({ entries, files, has }) => [
      ...entries.filter(([, source]) => !has(source)).map(([subPath, source]) => `${subPath}: ${source} is absent`),
      ...files
        .map(({ path }) => path)
        .filter((path) => /^src\/.*\bindex\.tsx?$/.test(path) && !entries.some(([, source]) => source === path))
        .map((path) => `${path} is no public entry`),
    ],
  },
  {
    name: 'commands',
    why: 'every file that a command of package.json runs exists',
    find: ({ scripts, has }) =>
      Object.entries(scripts).flatMap(([name, command]) =>
        [...command.matchAll(/\b[\w./-]+\.(ts|mjs|json)\b/g)]
          .filter(([file]) => !has(file))
          .map(([file]) => `${name}: ${file}`),
      ),
  },
  {
    name: 'contracts',
    why: 'an adapter that does not run a contract suite has promised nothing',
    find: ({ adapters, files }) =>
      adapters
        .filter(
          (adapter) =>
            adapter !== 'sql' &&
            !files.some(({ path }) => path.startsWith(`test/adapters/${adapter}`) && path.endsWith('contract.test.ts')),
        )
        .map((adapter) => `src/adapters/${adapter} has no test/adapters/${adapter}*contract.test.ts`),
  },
  {
    name: 'mirror',
    why: 'the test of src/a/b.ts is test/a/b.test.ts, or test/a/b-<what>.test.ts',
    find: (project) => project.files.flatMap(({ path }) => mirrorFaults(path, project)),
  },
]

function mirrorFaults(path: string, { files }: Project): string[] {
  const inner = /^test\/(.+)\.test\.ts$/.exec(path)?.[1]
  const folder = inner === undefined ? '.' : dirname(inner)
  if (inner === undefined || folder === '.' || inner.endsWith('.contract')) return []
  if (ownFolders.has(inner.split('/')[0] ?? '')) return []
  const stem = basename(inner).split('.')[0] ?? ''
  const tested = files.some((file) => {
    const source = /^src\/(.+)\.tsx?$/.exec(file.path)?.[1]
    if (source === undefined) return false
    return dirname(source) === folder && (stem === basename(source) || stem.startsWith(`${basename(source)}-`))
  })
  return tested ? [] : [`${path} tests no file of src/${folder}`]
}
