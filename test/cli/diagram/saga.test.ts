import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { folderFor } from '../../fixtures/folder.ts'
import { line } from '../line.fixture.ts'

const orders = fileURLToPath(new URL('../../../examples/orders/shop/system.ts', import.meta.url))

test('a saga is drawn by its name, and a name that there is not is told with those that there are', async (t) => {
  const folder = folderFor(t)
  const { code, out } = await line(folder, 'diagram', 'saga', 'order-creation', '--system', orders)
  assert.equal(code, 0)
  assert.match(out, /process-payment[^]*20 attempts of 1 s, 10 s in all/)
  const json = await line(folder, 'diagram', 'saga', 'order-creation', '--system', orders, '--json')
  const { steps } = JSON.parse(json.out) as { steps: readonly { step: string; undo?: readonly string[] }[] }
  assert.deepEqual(
    steps.map(({ step, undo }) => [step, undo?.[0]]),
    [
      ['reserve-inventory', 'ReleaseInventory'],
      ['process-payment', 'RefundPayment'],
      ['confirm-order', undefined],
    ],
  )
  const wrong = await line(folder, 'diagram', 'saga', 'nobody', '--system', orders)
  assert.equal(wrong.code, 1)
  assert.match(wrong.err, /EW_CONFIG.*no saga "nobody"; it has: order-creation/)
})
