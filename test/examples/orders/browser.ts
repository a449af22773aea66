import assert from 'node:assert/strict'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core'
import { patienceMs } from '../../fixtures/patience.ts'

/** A page in a browser, with everything that it did and should not have done. */
export interface Watched {
  readonly page: Page
  /** Errors and warnings of the console, requests that failed, and requests to anybody else. */
  readonly faults: string[]
  /** The text of the first element that a selector finds; empty when there is none. */
  text(selector: string): Promise<string>
  /** The texts of all elements that a selector finds. */
  texts(selector: string): Promise<string[]>
  /** Fails if there was a fault, then closes the page. */
  endsQuietly(): Promise<void>
}

/** Starts a browser that closes after the tests of the file; answers how to open a page in it. */
export async function startBrowser(
  executablePath: string,
): Promise<(url: string, options?: BrowserContextOptions) => Promise<Watched>> {
  const browser = await chromium.launch({ executablePath, args: ['--disable-gpu', '--disable-background-networking'] })
  after(() => browser.close())
  return async (url, options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    const page = await context.newPage()
    const faults: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
    page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`))
    page.on('response', (response) => {
      if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`)
    })
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`elsewhere: ${request.url()}`)
    })
    await page.goto(new URL('/shop', url).href)
    await page.locator('body.ready').waitFor()
    const texts = (selector: string): Promise<string[]> => page.locator(selector).allInnerTexts()
    return {
      page,
      faults,
      texts,
      text: async (selector) => (await texts(selector))[0] ?? '',
      async endsQuietly() {
        assert.deepEqual(faults, [])
        await context.close()
      },
    }
  }
}

/** Looks until there is something to see, for up to a minute. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const giveUp = performance.now() + patienceMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    assert.ok(performance.now() < giveUp, `${what} did not happen`)
    await sleep(50)
  }
}

/** Looks until nothing that is asserted fails, for up to a minute, and then fails as the last look did. */
export async function untilHolds(look: () => Promise<void>): Promise<void> {
  const giveUp = performance.now() + patienceMs
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (performance.now() > giveUp) throw error
    }
    await sleep(50)
  }
}
