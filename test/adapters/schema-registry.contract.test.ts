import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { RegistryClient } from '../../src/adapters/schema-registry/client.ts'
import { settingsOf } from '../../src/adapters/schema-registry/settings.ts'
import { newId } from '../../src/base/ids.ts'
import { registryDouble } from '../fixtures/registry-double.ts'
import { registryUrl } from '../fixtures/registry.ts'

const clientOf = (url: string): RegistryClient => new RegistryClient(settingsOf(url, {}))

const avro = (...fields: string[]) => ({
  schemaType: 'AVRO' as const,
  schema: JSON.stringify({
    type: 'record',
    name: 'Thing',
    namespace: 'ew.test',
    fields: fields.map((name) => ({ name, type: 'string', default: '' })),
  }),
})
const proto = {
  schemaType: 'PROTOBUF' as const,
  schema: 'syntax = "proto3";\npackage ew;\n\nmessage Thing {\n  string a = 1;\n}\n',
}

/** What holds of every registry. */
function contract(name: string, urlOf: (t: TestContext) => Promise<string>): void {
  test(`${name}: schemas are registered once, found, and read by id`, async (t) => {
    const client = clientOf(await urlOf(t))
    const subject = `ew/test ${newId()}-ew.test.Thing`
    assert.equal(await client.lookup(subject, avro('a')), undefined)
    assert.deepEqual(await client.versions(subject), [])
    assert.equal(await client.version(subject, 'latest'), undefined)
    const first = await client.register(subject, avro('a'))
    assert.equal(await client.register(subject, avro('a')), first)
    assert.deepEqual(await client.lookup(subject, avro('a')), { id: first, version: 1 })
    const second = await client.register(subject, avro('a', 'b'))
    assert.notEqual(second, first)
    assert.deepEqual(await client.versions(subject), [1, 2])
    const latest = await client.version(subject, 'latest')
    assert.deepEqual([latest?.id, latest?.version, latest?.schemaType], [second, 2, 'AVRO'])
    assert.equal((await client.version(subject, 1))?.id, first)
    assert.equal(await client.version(subject, 9), undefined)
    const { schema, schemaType, hasReferences } = (await client.byId(first))!
    assert.deepEqual(JSON.parse(schema), JSON.parse(avro('a').schema))
    assert.deepEqual([schemaType, hasReferences], ['AVRO', false])
    assert.equal(await client.byId(2_000_000_000), undefined)
  })

  test(`${name}: Protobuf, and the mode of a subject`, async (t) => {
    const client = clientOf(await urlOf(t))
    const subject = `ew-test-${newId()}`
    await client.configure(subject, 'FULL')
    assert.equal(await client.config(subject), 'FULL')
    assert.match(await client.config(`ew-test-${newId()}`), /^(NONE|BACKWARD)$/)
    const id = await client.register(subject, proto)
    assert.equal((await client.byId(id))?.schemaType, 'PROTOBUF')
    assert.deepEqual(await client.lookup(subject, proto), { id, version: 1 })
    const verdict = await client.compatibility(subject, proto, 'latest')
    assert.equal(verdict.isCompatible, true)
  })

  test(`${name}: Protobuf in a subject that began with Avro is what it is`, async (t) => {
    const client = clientOf(await urlOf(t))
    const subject = `ew-test-${newId()}`
    await client.configure(subject, 'NONE')
    await client.register(subject, avro('a'))
    const id = await client.register(subject, proto)
    assert.equal((await client.byId(id))?.schemaType, 'PROTOBUF')
    assert.equal((await client.version(subject, 'latest'))?.schemaType, 'PROTOBUF')
  })
}

contract('double', async (t) => (await registryDouble(t)).url)
const real = registryUrl()
if (real !== undefined) {
  contract('real', async () => real)

  test('real: what its mode does not allow is refused with its reason', async () => {
    const client = clientOf(real)
    const subject = `ew-test-${newId()}`
    await client.configure(subject, 'BACKWARD')
    await client.register(subject, avro('a'))
    const other = {
      schemaType: 'AVRO' as const,
      schema: avro('a').schema.replace('"string"', '"long"').replace('""', '0'),
    }
    assert.equal((await client.compatibility(subject, other, 'all')).isCompatible, false)
    await assert.rejects(client.register(subject, other), { code: 'EW_SCHEMA_REFUSED' })
    await assert.rejects(client.register(subject, { schemaType: 'AVRO', schema: '{' }), { code: 'EW_SCHEMA_REFUSED' })
  })
}
