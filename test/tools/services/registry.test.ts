import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeOfServer } from '../../../tools/servers.ts'
import { registryService } from '../../../tools/services/registry.ts'
import { loopbackOnly } from '../../fixtures/loopback-only.ts'
import { privateServer } from '../../fixtures/private-server.ts'

if (placeOfServer('registry') !== undefined && registryService.isHere()) {
  test('a private registry answers on loopback alone, also for its management, and keeps schemas over kill -9', async (t) => {
    const server = await privateServer(t, registryService)
    const port = Number(new URL(server.url).port)
    await loopbackOnly(port)
    const releases = await fetch(`http://127.0.0.1:${port + 1}/health/live`).then(
      ({ status }) => status,
      () => 'none',
    )
    // Only the newer release has a second port.
    if (releases !== 'none') await loopbackOnly(port + 1)
    const posted = await fetch(`${server.url}/subjects/kept/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ schema: '{"type":"string"}' }),
    })
    assert.equal(posted.status, 200)
    await server.break('SIGKILL')
    await assert.rejects(fetch(`${server.url}/subjects`))
    await server.start()
    assert.deepEqual(await (await fetch(`${server.url}/subjects`)).json(), ['kept'])
  })
}
