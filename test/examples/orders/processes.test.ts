import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { patienceMs } from '../../fixtures/patience.ts'
import { answers, ask, post } from './open-shop.ts'
import { run, type Command } from './run-command.ts'
import { folderOfStores } from './store-folder.ts'
import { longTest } from '../../fixtures/torture.ts'

const services = ['orders', 'inventory', 'payments', 'shipping', 'notifications', 'analytics']
const folder = folderOfStores()
const items = [{ sku: 'LAMP', quantity: 1, unitPrice: '2.55' }]

async function urlOf(command: Command): Promise<string> {
  return (await command.says(/The shop is open: {2}(http:\/\/127\.0\.0\.1:\d+)\//))[1] as string
}

/** The newest process of a service. */
function pidOf({ said }: Command, service: string): number | undefined {
  const starts = [...said.error.matchAll(new RegExp(`^${service} runs as process (\\d+)\\.$`, 'gm'))]
  return starts.length === 0 ? undefined : Number(starts.at(-1)![1])
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + patienceMs
  while (!(await isSo())) {
    assert.ok(performance.now() < giveUp, `${what} did not happen`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('every service is a process of its own, and the front is the interface of all of them', async () => {
  const command = run('processes.ts', join(folder, 'apart.db'), '--speed', '0')
  const url = await urlOf(command)
  const pids = services.map((service) => pidOf(command, service))
  assert.equal(new Set(pids).size, services.length)
  assert.ok(pids.every((pid) => pid !== undefined && isAlive(pid)))

  assert.equal((await ask(`${url}/healthz`)).status, 200)
  assert.equal((await post(`${url}/stock/LAMP/receipts`, { quantity: 5 })).status, 202)
  const key = { 'idempotency-key': 'first' }
  const placed = await post(`${url}/orders`, { orderId: 'one', customerId: 'ada', items }, key)
  assert.equal(placed.status, 202)
  assert.equal(placed.headers.get('location'), '/orders/one')
  assert.deepEqual((await post(`${url}/orders`, { orderId: 'one', customerId: 'ada', items }, key)).body, placed.body)
  assert.equal((await ask(`${url}/orders/one?wait=20s`)).body.status, 'confirmed')
  await answers(`${url}/stock/LAMP`, { sku: 'LAMP', onHand: 4, reserved: 0 })
  assert.deepEqual((await ask(`${url}/payments/one`)).body, { charged: '2.55', refunded: '0.00' })
  await answers(`${url}/sales/countries`, [{ country: 'United Kingdom', orders: 1, creditNotes: 0, net: '2.55' }])
  assert.equal((await ask(`${url}/customers/ada/orders`)).body.length, 1)
  assert.equal((await ask(`${url}/orders/two`)).body.code, 'not_found')
  assert.equal((await ask(`${url}/nothing`)).body.code, 'not_found')
  assert.equal((await post(`${url}/orders`, '{')).body.code, 'bad_json')
  assert.equal((await post(`${url}/orders`, `{"customerId": "${'x'.repeat(300_000)}"}`)).body.code, 'too_large')
  assert.equal((await post(`${url}/payments/one`, {})).body.code, 'method_not_allowed')

  command.child.kill('SIGTERM')
  assert.equal(await command.ended, 0, command.said.error)
  await until('the end of all services', () => pids.every((pid) => !isAlive(pid!)))
})

longTest('a service that is killed is started again, and its order goes on', async () => {
  const command = run('processes.ts', join(folder, 'killed.db'), '--speed', '0')
  const url = await urlOf(command)
  await post(`${url}/stock/LAMP/receipts`, { quantity: 50 })
  // Those that a customer waits for; the others are killed in test/faults/orders-kill.
  const awaited = ['orders', 'inventory', 'payments']
  for (const service of awaited) {
    const pid = pidOf(command, service)!
    const placed = await post(`${url}/orders`, { orderId: `despite-${service}`, customerId: 'ada', items })
    assert.equal(placed.status, 202)
    process.kill(pid, 'SIGKILL')
    await command.says(new RegExp(`${service} ended by SIGKILL; it is started again\\.`))
    await until(`another process of ${service}`, () => pidOf(command, service) !== pid)
  }
  let confirmed = 0
  for (const service of awaited) {
    const { body } = await ask(`${url}/orders/despite-${service}?wait=30s`)
    // Who is away for longer than a payment may take has the order undone, and not left open.
    if (body.status === 'confirmed') confirmed++
    else assert.deepEqual([body.status, body.reason], ['cancelled', 'payment_unanswered'], service)
  }
  await answers(`${url}/stock/LAMP`, { sku: 'LAMP', onHand: 50 - confirmed, reserved: 0 })
})

longTest('services end when the process in front of them is killed', async () => {
  const command = run('processes.ts', join(folder, 'orphans.db'), '--speed', '0')
  await urlOf(command)
  const pids = services.map((service) => pidOf(command, service)!)
  command.child.kill('SIGKILL')
  await until('the end of all services', () => pids.every((pid) => !isAlive(pid)))
})

test('processes cannot share a store in memory', async () => {
  const command = run('processes.ts', ':memory:')
  assert.equal(await command.ended, 1)
  assert.match(command.said.error, /^bad_setting: EVENTWRIGHT_STORE is :memory:/)
})
