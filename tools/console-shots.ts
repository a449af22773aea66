// `npm run shots`: takes the pictures of the console in docs/images again, of the order system with some trouble in it,
// and those of docs/incidents.md while the walks of their test are done.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { buildConsolePage } from './console-page.ts'
import { root } from './root.ts'
import { placeOfServer } from './servers.ts'
import { freePorts } from './services/ports.ts'

const pages = [
  ['overview', ''],
  ['saga', `sagas/${encodeURIComponent('order-creation/lost')}`],
  ['stream', `streams/${encodeURIComponent('Order/lost')}`],
  ['system', 'system'],
  ['trace', 'trace/shot'],
] as const

const executablePath = placeOfServer('chromium')
if (executablePath === undefined) throw new Error('There is no Chromium; EVENTWRIGHT_CHROMIUM_PATH may name one.')
await buildConsolePage()
const folder = mkdtempSync(join(tmpdir(), 'eventwright-shots-'))
const port = await freePorts(1)
const token = 'pictures-of-the-console'
const shop = spawn(
  process.execPath,
  ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning', 'examples/orders/start.ts'],
  {
    cwd: root,
    env: {
      ...process.env,
      PORT: String(port),
      EVENTWRIGHT_STORE: join(folder, 'shop.db'),
      EVENTWRIGHT_CONSOLE_TOKEN: token,
      USER: 'ada',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  },
)
const url = `http://127.0.0.1:${port}`
try {
  await ready()
  await post('/stock/LAMP/receipts', { quantity: 50 })
  await order('fine', 'tok_ok')
  await order('lost', 'tok_lost')
  await fetch(`${url}/orders/lost?wait=30s`)
  await shoot()
} finally {
  shop.kill('SIGTERM')
  await new Promise((resolve) => shop.once('exit', resolve))
  rmSync(folder, { recursive: true, force: true })
}

await walkIncidents()

/** Its test takes the pictures where it is told to: what they show is what was tested. */
async function walkIncidents(): Promise<void> {
  const flags = ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning', '--test']
  const walks = spawn(process.execPath, [...flags, 'test/console/ui/console-incidents.test.ts'], {
    cwd: root,
    env: { ...process.env, EVENTWRIGHT_THOROUGH: '1', EVENTWRIGHT_SHOTS: join(root, 'docs/images') },
    stdio: 'inherit',
  })
  const code = await new Promise((resolve) => walks.once('exit', resolve))
  if (code !== 0) throw new Error('A walk of the incidents did not come to its end.')
}

async function ready(): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const isReady = await fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await sleep(100)
  }
  throw new Error('The shop did not open.')
}

async function post(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const { ok, status } = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!ok) throw new Error(`${path} answered ${status}.`)
}

function order(orderId: string, paymentToken: string): Promise<void> {
  const items = [{ sku: 'LAMP', quantity: 2, unitPrice: '7.65' }]
  return post('/orders', { orderId, customerId: 'ada', paymentToken, items })
}

async function shoot(): Promise<void> {
  mkdirSync(join(root, 'docs/images'), { recursive: true })
  const browser = await chromium.launch({ executablePath: executablePath!, args: ['--disable-gpu'] })
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme })
    const page = await context.newPage()
    await page.goto(`${url}/?token=${token}`)
    for (const [name, hash] of pages) {
      const found = name === 'trace' ? await traceOf('lost') : hash
      await page.goto(`${url}/#/${found}`)
      await page.getByText('…', { exact: true }).first().waitFor({ state: 'detached' })
      await sleep(1_500)
      await page.screenshot({ path: join(root, `docs/images/console-${name}-${colorScheme}.png`) })
    }
    async function traceOf(orderId: string): Promise<string> {
      const path = `${url}/console/api/streams/${encodeURIComponent(`Order/${orderId}`)}/events`
      const { items } = (await (await context.request.get(path)).json()) as { items: { correlationId: string }[] }
      return `trace/${encodeURIComponent(items[0]!.correlationId)}`
    }
    await context.close()
  }
  await browser.close()
}
