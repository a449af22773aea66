import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { after, type TestContext } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core'
import { consoleHandler, type ConsoleHandler, type ConsoleOptions, type Watched } from 'eventwright/console'
import { memory, type StoreAdapter } from 'eventwright'
import { patienceMs } from '../../fixtures/patience.ts'
import { running } from '../../runtime/running.fixture.ts'
import { hotelIn, type Hotel, type World } from '../console.fixture.ts'

// What runs inside the page; the compiler knows no DOM here.
declare const document: any
declare const innerWidth: number
declare const axe: any

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A hotel with its console behind a real port. */
export interface Opened {
  readonly hotel: Hotel
  readonly world: World
  readonly handler: ConsoleHandler
  readonly url: string
}

/** Opens a hotel with a console; it closes with the test. */
export async function opened(
  t: TestContext,
  options: ConsoleOptions = {},
  store: StoreAdapter = memory(),
): Promise<Opened> {
  const world: World = { mailBroken: false, tillJammed: false }
  const hotel = await running(t, hotelIn(world), { store })
  return { hotel, world, ...(await served(t, hotel, { system: 'hotel', ...options })) }
}

/** Serves the console of a running system at a real port; it closes with the test. */
export async function served(
  t: TestContext,
  running: Watched,
  options: ConsoleOptions = {},
): Promise<Pick<Opened, 'handler' | 'url'>> {
  const handler = consoleHandler(running, options)
  const server = createServer(getRequestListener((request) => handler(request)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    await handler.close()
    server.closeAllConnections()
    server.close()
  })
  return { handler, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** A page of the console in a browser. */
export interface Visit {
  readonly page: Page
  /** What it should not have done: errors, failed requests, requests to anybody else. */
  readonly faults: string[]
  /** Goes to a place of the console. */
  to(hash: string): Promise<void>
  /** What axe finds to be serious, and whether anything is wider than the window. */
  audit(): Promise<readonly string[]>
}

/** Starts a browser that closes after the tests of the file; answers how to enter a console with it. */
export async function startVisits(
  executablePath: string,
): Promise<(console: Pick<Opened, 'handler' | 'url'>, options?: BrowserContextOptions) => Promise<Visit>> {
  const browser = await chromium.launch({ executablePath, args: ['--disable-gpu', '--disable-background-networking'] })
  after(() => browser.close())
  return async ({ handler, url }, options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(patienceMs)
    const faults: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
    page.on('response', (response) => {
      if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`)
    })
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== url) faults.push(`elsewhere: ${request.url()}`)
    })
    await page.goto(handler.link(url))
    await page.getByRole('heading', { level: 1 }).waitFor()
    return {
      page,
      faults,
      async to(hash) {
        await page.goto(`${url}/#/${hash}`)
        await page.getByRole('heading', { level: 1 }).first().waitFor()
        await page.getByText('…', { exact: true }).first().waitFor({ state: 'detached' })
      },
      audit: () => audited(page),
    }
  }
}

async function audited(page: Page): Promise<readonly string[]> {
  // Scripts of a debugger are not bound by the policy of the page.
  await page.evaluate(axeSource)
  const found = (await page.evaluate(() => axe.run())) as { violations: Violation[] }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  return [
    ...found.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`),
    ...(wide > 0 ? [`it is ${wide} px wider than the window`] : []),
  ]
}

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/** Fails when the page did what it should not do. */
export function quiet({ faults }: Visit): void {
  assert.deepEqual(faults, [])
}
