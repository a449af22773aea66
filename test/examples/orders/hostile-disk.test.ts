import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { patienceMs } from '../../fixtures/patience.ts'
import { ask, post, type Answer } from './open-shop.ts'
import { folderOfStores } from './store-folder.ts'

// A small disk in a name space of its own, which needs no rights where the system allows it at all.
const script = 'mount -t tmpfs -o size=12m tmpfs "$1" && fallocate -l 6m "$1/room"'
const onSmallDisk = (folder: string, ...command: readonly string[]): string[] => [
  ...['-Urm', 'sh', '-c', `${script} && shift && exec "$@"`, 'sh', folder, ...command],
]

const folder = folderOfStores()
if (spawnSync('unshare', onSmallDisk(folder, 'true')).status !== 0) {
  console.log('not run: a shop on a full disk (no small disk can be made on this system)')
} else {
  test(
    'on a full disk orders are refused whole with a remedy, the rest is served, and all goes on once there is room',
    onFullDisk,
  )
}

async function onFullDisk(t: TestContext): Promise<void> {
  const { url, pid, said } = await startOnSmallDisk(t)
  const items = Array.from({ length: 200 }, () => ({ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }))
  const place = (orderId: string): Promise<Answer> => post(`${url}/orders`, { orderId, customerId: 'ada', items })
  const taken: string[] = []
  let answer = await place('order-0')
  for (; answer.status === 202; answer = await place(`order-${taken.length}`)) taken.push(answer.body.orderId)

  assert.ok(taken.length >= 5 && taken.length < 200, `${taken.length} orders`)
  const { status, headers, body } = answer
  assert.deepEqual([status, body.status, body.code, headers.get('retry-after')], [503, 503, 'unavailable', '1'])
  assert.match(body.detail, /^There is no room to store this, and nothing of it was; send it again later\.$/)
  assert.equal(headers.get('content-type'), 'application/problem+json')
  const reported = /EW_STORE_FULL: .*disk.* Free space; nothing of the failed unit was stored\./
  await until('a word in the log', async () => reported.test(said.error))

  const late = `order-${taken.length}`
  assert.equal((await ask(`${url}/orders/${late}`)).status, 404)
  assert.equal((await ask(`${url}/healthz`)).status, 200)
  for (const orderId of taken) assert.equal((await ask(`${url}/orders/${orderId}`)).body.items.length, 200)

  rmSync(join('/proc', String(pid), 'root', folder, 'room'))
  await until('an order that is taken', async () => {
    answer = await place(late)
    return answer.status !== 503
  })
  assert.equal(answer.status, 202)
  for (const orderId of [...taken, late]) {
    assert.equal((await ask(`${url}/orders/${orderId}?wait=20s`)).body.status, 'cancelled', orderId)
  }
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const giveUp = performance.now() + patienceMs; !(await look()); await sleep(20)) {
    assert.ok(performance.now() < giveUp, `${what} does not come`)
  }
}

async function startOnSmallDisk(t: TestContext): Promise<{ url: string; pid: number; said: { error: string } }> {
  const flags = process.execArgv.filter((flag) => !flag.startsWith('--test'))
  const command = [process.execPath, ...flags, 'examples/orders/start.ts', '--speed', '0']
  const child = spawn('unshare', onSmallDisk(folder, ...command), {
    env: { ...process.env, EVENTWRIGHT_STORE: join(folder, 'shop.db'), PORT: '0', HOST: '', NODE_TEST_CONTEXT: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const said = { error: '' }
  child.stderr.on('data', (chunk: Buffer) => void (said.error += chunk.toString()))
  let out = ''
  for await (const chunk of child.stdout) {
    out += String(chunk)
    const url = /(http:\/\/127\.0\.0\.1:\d+)\//.exec(out)?.[1]
    if (url !== undefined) return { url, pid: child.pid as number, said }
  }
  throw new Error(`the server did not start: ${said.error}`)
}
