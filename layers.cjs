// The picture in ARCHITECTURE.md, as rules for dependency-cruiser; `npm run layers` checks them.

// A layer may import itself and what stands beside it, nothing else. The sentence says why.
const core = ['base', 'schema', 'design', 'ports']
const layers = {
  base: [[], 'knows nothing of events, so that everything may build on it'],
  schema: [['base'], 'the schema language is pure and useful without the rest'],
  design: [['base', 'schema'], 'a declaration is data: it must load without a store, a broker or a runtime'],
  ports: [['base', 'schema', 'design'], 'contracts that adapters fulfil and the runtime uses; they know neither'],
  runtime: [core, 'every loop and retry rule is here once, over ports, so that no adapter can change it'],
  architect: [['base', 'schema', 'design', 'ports/topology.ts'], 'reviews and draws a design that need not run anywhere'],
  testing: [[...core, 'runtime', 'adapters/memory'], 'users test with it, so it needs no driver'],
  console: [
    ['base', 'schema', 'design', 'architect', 'runtime/inspect.ts', 'runtime/operate.ts'],
    'reads and operates a system through two narrow doors',
  ],
  'adapters/sql': [core, 'what SQLite and PostgreSQL have in common; not an adapter by itself'],
  'adapters/sqlite': [[...core, 'adapters/sql'], 'maps the ports to one engine and knows no other adapter'],
  'adapters/postgres': [[...core, 'adapters/sql'], 'maps the ports to one engine and knows no other adapter'],
}
for (const name of ['memory', 'kafka', 'rabbitmq', 'mongodb', 'avro', 'protobuf', 'opentelemetry']) {
  layers[`adapters/${name}`] = [core, 'maps the ports to one engine and knows no other adapter']
}
layers['adapters/schema-registry'] = [
  [...core, 'adapters/avro', 'adapters/protobuf'],
  'one codec for whatever a registry names, made of those of the formats',
]
const entry = [...core, 'runtime', 'adapters/memory']

// Who may name which npm package. A package that is not listed is forbidden everywhere in src.
const packages = {
  commander: 'cli',
  pg: 'adapters/postgres',
  '@platformatic/kafka': 'adapters/kafka',
  amqplib: 'adapters/rabbitmq',
  mongodb: 'adapters/mongodb',
  avsc: 'adapters/avro',
  protobufjs: 'adapters/protobuf',
  '@opentelemetry/api': 'adapters/opentelemetry',
  hono: 'console',
  '@hono/node-server': 'console',
  preact: 'console/ui',
  '@preact/signals': 'console/ui',
}

const npm = ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined']
const escape = (path) => path.replace(/[.]/g, '[.]')
const one = (path) => (path.endsWith('.ts') ? `${escape(path)}$` : `${path}/`)
const any = (paths) => `^src/(${paths.map(one).join('|')})`
const known = [any([...Object.keys(layers), 'cli']), '^src/index[.]ts$']
const packageNamed = (name) => [`(^|/)node_modules/(@types/)?${escape(name)}/`, `^${escape(name)}$`]
const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to })

module.exports = {
  forbidden: [
    rule(
      'no-cycles',
      'A cycle hides the order in which the code can be read; type imports count too.',
      {},
      { circular: true },
    ),
    rule(
      'resolvable',
      'Every import must resolve; only an optional peer may be absent.',
      {},
      { couldNotResolve: true, pathNot: Object.keys(packages).map((name) => `^${escape(name)}$`) },
    ),
    ...Object.entries(layers).map(([layer, [allowed, why]]) =>
      rule(
        `${layer}-imports`,
        `src/${layer} may import itself and ${allowed.join(', ') || 'nothing'}: ${why}.`,
        { path: `^src/${layer}/` },
        { path: '^src/', pathNot: any([layer, ...allowed]) },
      ),
    ),
    rule(
      'entry-imports',
      `src/index.ts offers what needs no driver: ${entry.join(', ')}.`,
      { path: '^src/index[.]ts$' },
      { path: '^src/', pathNot: any(entry) },
    ),
    rule(
      'every-folder-is-a-layer',
      'A new folder in src needs a line in layers.cjs first.',
      { path: '^src/', pathNot: known },
      {},
    ),
    rule(
      'unlisted-folder',
      'A new folder in src needs a line in layers.cjs first.',
      { path: '^src/' },
      { path: '^src/', pathNot: known },
    ),
    rule(
      'core-names-no-package',
      'Only adapters, the console and the command line may name a package, types included.',
      { path: '^src/', pathNot: '^src/(adapters|console|cli)/' },
      { dependencyTypes: npm, pathNot: '^src/' },
    ),
    rule(
      'unlisted-package',
      'A new package needs a line in `packages` of layers.cjs first.',
      { path: '^src/' },
      { dependencyTypes: npm, pathNot: ['^src/', ...Object.keys(packages).flatMap(packageNamed)] },
    ),
    ...Object.entries(packages).map(([name, owner]) =>
      rule(
        `${name}-only-in-${owner}`,
        `"${name}" belongs to src/${owner}.`,
        { path: '^src/', pathNot: `^src/${owner}/` },
        { path: packageNamed(name) },
      ),
    ),
    rule(
      'declarations-do-no-io',
      'A design is data, a port a contract, an exporter a function: no files, no network.',
      { path: '^src/(schema|design|ports|architect)/' },
      { dependencyTypes: ['core'] },
    ),
    rule(
      'sqlite-only-in-its-adapter',
      'The runtime works over ports; the driver belongs to src/adapters/sqlite.',
      { path: '^src/', pathNot: '^src/adapters/sqlite/' },
      { path: '^(node:)?sqlite$', dependencyTypes: ['core'] },
    ),
    rule(
      'test-runner-only-in-testing',
      'node:test in any other file would end up in a running system.',
      { path: '^src/', pathNot: '^src/testing/' },
      { path: '^(node:)?test$', dependencyTypes: ['core'] },
    ),
    rule(
      'ui-knows-only-the-wire',
      'The page shares JSON shapes with the server, nothing else.',
      { path: '^src/console/ui/' },
      { path: '^src/', pathNot: '^src/console/(ui/|wire([.]ts$|/))' },
    ),
    rule(
      'nobody-imports-the-cli',
      'The command line composes everything; nothing is built on it.',
      { path: '^(src|examples|bench)/', pathNot: '^src/cli/' },
      { path: '^src/cli/' },
    ),
    rule(
      'no-inner-index',
      'An index.ts is a public entry. Inside, import the file that has the thing.',
      { path: '^src/', pathNot: '^src/cli/' },
      { path: '/index[.]ts$' },
    ),
    rule(
      'src-stands-alone',
      'What is published cannot import what is not.',
      { path: '^src/' },
      { path: '^(test|tools|examples|bench|scripts|docs)/' },
    ),
    rule(
      'outside-uses-public-names',
      'An example and a bench see what a user sees.',
      { path: '^(examples|bench)/' },
      { path: '^src/', pathNot: '/index[.]ts$' },
    ),
    rule(
      'no-orphans',
      'Nothing imports this file and it imports nothing.',
      { orphan: true, path: '^src/', pathNot: '(index|main)[.]tsx?$' },
      {},
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)node_modules/.*/node_modules/' },
    enhancedResolveOptions: {
      conditionNames: ['eventwright-source', 'import', 'node', 'types', 'default'],
      exportsFields: ['exports'],
    },
  },
}
