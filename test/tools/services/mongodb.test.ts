import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { placeOfServer } from '../../../tools/servers.ts'
import { mongodbService } from '../../../tools/services/mongodb.ts'
import { loopbackOnly } from '../../fixtures/loopback-only.ts'
import { privateServer } from '../../fixtures/private-server.ts'

if (placeOfServer('mongodb') !== undefined && mongodbService.isHere()) {
  test('a private server that speaks as MongoDB answers on loopback alone and comes back after kill -9', async (t) => {
    const server = await privateServer(t, mongodbService)
    const port = Number(new URL(server.url).port)
    await loopbackOnly(port)
    const data = globSync(join(server.home, 'data-*'))
    assert.equal(data.length, 1)
    await server.break('SIGKILL')
    await assert.rejects(loopbackOnly(port), /nobody listens/)
    await server.start()
    await loopbackOnly(port)
    await server.stop()
    assert.ok(existsSync(data[0]!))
  })
}
