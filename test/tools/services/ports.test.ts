import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { areFree, freePorts } from '../../../tools/services/ports.ts'

test('ports in a row are free, and no outgoing connection is given one of them', async (t) => {
  const port = await freePorts(3)
  assert.ok(port >= 20_000 && port + 3 <= 32_000, String(port))
  assert.equal(await areFree(port, 3), true)
  const taker = createServer()
  await new Promise<void>((resolve) => taker.listen(port + 2, '127.0.0.1', resolve))
  t.after(() => taker.close())
  assert.equal(await areFree(port, 3), false)
  assert.equal(await areFree(port, 2), true)
})
