import assert from 'node:assert/strict'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { newId } from '../../../src/base/ids.ts'
import { root } from '../../../tools/root.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { registryDouble } from '../../fixtures/registry-double.ts'
import { registryUrl } from '../../fixtures/registry.ts'
import { line, lineWith, type Answer } from '../line.fixture.ts'

const releases = {
  first: '',
  second: `.next({ ...fields, note: t.string().default('') }, (old) => ({ ...old, note: '' }))`,
  /** Without a default, what was written before cannot be read. */
  breaking: `.next({ ...fields, note: t.string() }, (old) => ({ ...old, note: '' }))`,
}

/** A folder with a design for each release: `first.ts`, `second.ts`, `breaking.ts`. */
function designFolder(t: TestContext, format: string, name = 'orders'): string {
  const folder = folderFor(t)
  symlinkSync(join(root, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(root, 'src'), join(folder, 'src'))
  for (const [release, next] of Object.entries(releases)) {
    writeFileSync(join(folder, `${release}.ts`), designText(format, name, next))
  }
  return folder
}

const designText = (format: string, name: string, next: string): string => `
import { aggregate, channel, event, service, system, t } from 'eventwright'
const fields = { orderId: t.string(), total: t.long() }
const Placed = event('OrderPlaced', fields)${next}
const Order = aggregate('Order', { events: [Placed], commands: [], id: () => '', initial: () => ({}) })
  .evolve({ OrderPlaced: (state) => state })
  .decide({})
const orders = channel('${name}', { carries: [Placed], key: 'orderId', format: '${format}' })
export default system('shop', { services: [service('orders', { parts: [Order], publishes: [orders] })] })
`

const jsonOf = <T>({ out }: Answer): T => JSON.parse(out) as T

const places = [
  ['double', undefined],
  ...(registryUrl() === undefined ? [] : [['real', registryUrl()] as const]),
] as const
for (const [place, url] of places) {
  test(`${place}: push registers once, check and diff say how the design stands to it`, async (t) => {
    const name = `ew${newId().replaceAll('-', '')}`
    const folder = designFolder(t, 'avro', name)
    const registry = url ?? (await registryDouble(t)).url
    const run = (command: string, release: string, ...more: string[]): Promise<Answer> =>
      line(folder, 'schemas', command, '--system', `${release}.ts`, '--registry', registry, ...more)
    const subject = `${name}-orders.OrderPlaced`

    const before = await run('check', 'first')
    assert.equal(before.code, 0, before.err)
    assert.match(before.out, new RegExp(`^new    ${subject}  \\w+  version 1 of orders.OrderPlaced is not published`))
    assert.equal((await run('diff', 'first')).out, `${subject}: nothing is published\n`)

    const pushed = jsonOf<{ pushed: { id: number; version: number; registered: boolean }[] }>(
      await run('push', 'first', '--json'),
    )
    assert.deepEqual(
      pushed.pushed.map(({ version, registered }) => [version, registered]),
      [[1, true]],
    )
    const { id } = pushed.pushed[0]!
    assert.equal((await run('push', 'first')).out, `known   ${subject}  schema version 1: version 1, id ${id}\n`)
    assert.match((await run('check', 'first')).out, new RegExp(`^same   ${subject}  \\w+  version 1, id ${id}\n`))
    assert.equal((await run('diff', 'first')).out, `${subject}: the same as version 1\n`)

    const diff = (await run('diff', 'second')).out
    assert.match(diff, new RegExp(`^${subject}: differs from version 1\n`))
    assert.match(diff, /^\+ +"name": "note"/m)
    assert.doesNotMatch(diff, /^- /m)

    const broken = await run('check', 'breaking', '--mode', 'full')
    assert.equal(broken.code, 1)
    assert.match(broken.out, new RegExp(`^break  ${subject}  FULL  version 2 of orders.OrderPlaced is not published\n`))
    assert.match(broken.out, /cannot read what version 1 wrote: note: .*\(\w[\w-]*\)/)
    const report = jsonOf<{ subjects: { breaks: { path: string; rule: string; against: number }[] }[] }>(
      await run('check', 'breaking', '--mode', 'BACKWARD', '--json'),
    )
    assert.deepEqual(
      report.subjects[0]!.breaks.map(({ path, against }) => [path, against]),
      [['note', 1]],
    )
    assert.equal((await run('check', 'second', '--mode', 'full_transitive')).code, 0)

    const { RegistryClient } = await import('../../../src/adapters/schema-registry/client.ts')
    const { settingsOf } = await import('../../../src/adapters/schema-registry/settings.ts')
    const client = new RegistryClient(settingsOf(registry, {}))
    await client.configure(subject, 'BACKWARD')
    const refused = await run('push', 'breaking')
    assert.equal(refused.code, 1)
    assert.match(refused.out, /^break /)
    assert.deepEqual(await client.versions(subject), [1])
    assert.match((await run('push', 'second')).out, /known .*\npushed .*schema version 2: version 2, id \d+\n$/)
    assert.equal((await run('diff', 'first')).out.split('\n')[0], `${subject}: version 1; the latest is version 2`)
  })
}

test('the lock file gets the subjects, and refuses a change of them', async (t) => {
  const folder = designFolder(t, 'protobuf')
  const { url: registry } = await registryDouble(t)
  const run = (command: string, ...more: string[]): Promise<Answer> =>
    line(folder, 'schemas', command, '--system', 'first.ts', '--registry', registry, ...more)
  const lock = join(folder, 'eventwright.lock.json')

  const early = await run('push')
  assert.equal(early.code, 1)
  assert.match(early.err, /has no Protobuf number: eventwright check --write gives it one/)
  assert.ok(!existsSync(lock))
  assert.equal((await line(folder, 'check', '--system', 'first.ts', '--write')).code, 0)
  assert.equal((await run('push')).code, 0)
  const text = readFileSync(lock, 'utf8')
  const { subjects } = JSON.parse(text) as { subjects: Record<string, { schemas: string[] }> }
  assert.deepEqual(Object.keys(subjects), ['orders-orders.OrderPlaced'])
  const { schemas, ...entry } = subjects['orders-orders.OrderPlaced']!
  assert.deepEqual(entry, { channel: 'orders', message: 'orders.OrderPlaced', format: 'protobuf' })
  assert.equal(schemas.length, 1)
  assert.equal((await run('push')).code, 0)
  assert.equal(readFileSync(lock, 'utf8'), text)
  assert.equal((await line(folder, 'check', '--system', 'first.ts')).code, 0)

  // A new version adds to it once the lock file knows it.
  const behind = await line(folder, 'schemas', 'push', '--system', 'second.ts', '--registry', registry)
  assert.match(behind.err, /EW_SCHEMA_FORM|EW_LOCK_FILE/)
  assert.equal((await line(folder, 'check', '--system', 'second.ts', '--write')).code, 0)
  assert.equal((await line(folder, 'schemas', 'push', '--system', 'second.ts', '--registry', registry)).code, 0)
  const longer = JSON.parse(readFileSync(lock, 'utf8')) as { subjects: Record<string, { schemas: string[] }> }
  assert.deepEqual(longer.subjects['orders-orders.OrderPlaced']!.schemas.length, 2)

  for (const [format, name, code] of [
    ['avro', 'orders', 'lock-subject-format'],
    ['json', 'orders', 'lock-subject-format'],
    ['protobuf', 'sales', 'lock-subject-removed'],
  ] as const) {
    writeFileSync(join(folder, `${code}-${format}.ts`), designText(format, name, releases.second))
    const found = await line(folder, 'check', '--system', `${code}-${format}.ts`)
    assert.equal(found.code, 1)
    assert.match(found.out, new RegExp(`^${code}  subject orders-orders\\.OrderPlaced: `))
    const push = await line(folder, 'schemas', 'push', '--system', `${code}-${format}.ts`, '--registry', registry)
    assert.match(push.err, /EW_LOCK_FILE/)
  }
  writeFileSync(lock, readFileSync(lock, 'utf8').replace(schemas[0]!, '0'.repeat(32)))
  const changed = await line(folder, 'check', '--system', 'second.ts')
  assert.match(changed.out, /^lock-subject-changed {2}subject orders-orders\.OrderPlaced: .*version 1/)
  writeFileSync(lock, '{"lockVersion":1,"messages":{},"subjects":{"a":5}}')
  assert.match((await line(folder, 'check', '--system', 'second.ts')).err, /EW_LOCK_FILE: The section subjects/)
})

test('a registry is named by the option or the surroundings, and its password is never said', async (t) => {
  const folder = designFolder(t, 'avro')
  const { url } = await registryDouble(t)
  const missing = await line(folder, 'schemas', 'check', '--system', 'first.ts')
  assert.equal(missing.code, 2)
  assert.match(missing.err, /no registry/)
  const secret = url.replace('http://', 'http://ann:topsecret@')
  const env = { EVENTWRIGHT_REGISTRY_URL: secret }
  const found = await lineWith({ folder, env }, 'schemas', 'check', '--system', 'first.ts', '--json')
  assert.equal(found.code, 0)
  assert.equal(jsonOf<{ registry: string }>(found).registry, url)
  const away = 'http://ann:topsecret@127.0.0.1:59317'
  const lost = await line(folder, 'schemas', 'check', '--system', 'first.ts', '--registry', away)
  assert.equal(lost.code, 1)
  assert.match(lost.err, /EW_REGISTRY_FAILED/)
  assert.doesNotMatch(lost.out + lost.err + found.out + found.err, /topsecret/)
  const odd = await line(folder, 'schemas', 'check', '--system', 'first.ts', '--registry', url, '--mode', 'SIDEWAYS')
  assert.equal(odd.code, 2)
})
