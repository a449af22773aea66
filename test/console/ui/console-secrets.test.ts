// What must never be seen, and what must never run: every page of a system in trouble, as a browser has it.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from 'eventwright/sqlite'
import { placeOfServer } from '../../../tools/servers.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { keptSpans } from '../../fixtures/told-spans.ts'
import { listening, running, until } from '../../runtime/running.fixture.ts'
import { book, hotelIn, secret, type World } from '../console.fixture.ts'
import { Ask, errand, errandsIn } from './errands.fixture.ts'
import { quiet, served, startVisits, type Visit } from './opened.fixture.ts'

// What runs inside the page; the compiler knows no DOM here.
declare const document: any
declare const fetch: any
declare const location: any

const executable = placeOfServer('chromium')
if (executable !== undefined) await testInBrowser(executable)

async function testInBrowser(browserPath: string): Promise<void> {
  const visit = await startVisits(browserPath)

  /** The text and the source of every page that links lead to from the first one, but for those that were seen. */
  async function everyPage({ page, to }: Visit, more: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const seen = new Map<string, string>()
    const open = ['overview', 'consumers', ...more]
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const place = next.replace(/^#?\/?/, '')
      if (seen.has(place)) continue
      await to(place)
      await page.locator('main').waitFor()
      await page.evaluate(() => document.querySelectorAll('details').forEach((each: any) => (each.open = true)))
      seen.set(place, await page.content())
      const links = await page.locator('a').evaluateAll((all) => all.map((link: any) => String(link.hash)))
      open.push(...links.filter((hash) => hash.startsWith('#/')))
    }
    return seen
  }

  test('what is marked pii() is on no page, in no line of the log and in no span, before and after orders', async (t) => {
    const world: World = { mailBroken: true, tillJammed: true }
    const [log, spans] = [listening(), keptSpans()]
    const lines: unknown[] = []
    const kept = {
      info: (message: string, fields?: object) => void (log.info(message), lines.push(message, told(fields))),
      warn: (message: string, fields?: object) => void (log.warn(message), lines.push(message, told(fields))),
      error: (message: string, fields?: object) => void (log.error(message), lines.push(message, told(fields))),
    }
    const store = sqlite(join(folderFor(t), 'hotel.db'))
    const open = await running(t, hotelIn(world), { store, log: kept, telemetry: spans.telemetry })
    await book(open, 'b1', 'one-guest')
    await until('its mail is dead', async () => (await open.inspect.deadLetters.counts()).length > 0)
    await until('its saga is stuck', async () => (await open.inspect.saga('stay/b1'))?.status === 'stuck')
    await until('its row is there', async () => (await open.views.bookings.get('b1')) !== undefined)
    const entered = await visit(await served(t, open, { log: kept }))
    const pages = await everyPage(entered, ['search?q=one-guest', 'search?q=b1', 'streams?show=events'])
    for (const [place, text] of pages) assert.doesNotMatch(text, /secret|7946/i, place)
    for (const kind of ['events/', 'trace/', 'streams/', 'sagas/', 'dead-letters/', 'views/bookings', 'system?node'])
      assert.ok(
        [...pages.keys()].some((place) => place.startsWith(kind)),
        kind,
      )
    assert.ok([...pages.values()].some((text) => text.includes('•••••')))

    // A replay that fails again, and one that is mended: what is told of them is masked as well.
    const { page } = entered
    await entered.to('dead-letters/post%2Fsubscription%3Amails/b1')
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByLabel('Reason').fill('once more')
    await page.getByRole('dialog').getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByText('replayed 1 times').waitFor()
    await page.getByText('How replays ended').waitFor()
    assert.doesNotMatch(await page.content(), /secret|7946/i)
    await entered.to('jobs')
    assert.doesNotMatch(await page.content(), /secret|7946/i)
    assert.ok(lines.length > 0 && spans.told().length > 0)
    assert.doesNotMatch(JSON.stringify(lines), /secret|7946/i)
    assert.doesNotMatch(spans.text(), /secret|7946/i)
    assert.match(JSON.stringify(await open.inspect.events.ofLog({ partition: 0, after: 0, limit: 9 })), /secret/)
    assert.ok(secret.email.includes('secret'))
    quiet(entered)
  })

  test('what strangers write in any field stays text on every page', async (t) => {
    const nasty = `"><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`
    const faults = { isDoorShut: true, isHomeLost: false, isPostRefused: true }
    const open = await running(t, errandsIn(faults), { store: sqlite(join(folderFor(t), 'errands.db')) })
    const { data } = errand(nasty, nasty)
    const hostile = {
      ...data,
      nickname: nasty,
      lines: [{ sku: nasty, quantity: 1 }],
      stock: { [nasty]: 1 },
      payment: { by: 'card', number: nasty } as const,
      home: { street: nasty, floor: 1 },
      anything: { [nasty]: [nasty] },
    }
    const meta = { correlationId: nasty, actor: nasty, tenant: nasty }
    await open.execute(Ask(hostile), { ...meta, idempotencyKey: nasty })
    await until('it is dead', async () => (await open.inspect.deadLetters.counts()).length > 0)
    await until('its row is there', async () => (await open.views.errands.get(nasty)) !== undefined)
    await until('its saga is there', async () => (await open.inspect.saga(`trip/${nasty}`)) !== undefined)
    const local = { who: nasty, seesPersonalData: true }
    const entered = await visit(await served(t, open, { system: nasty, environment: nasty, local }))
    const { page } = entered
    await entered.to(`dead-letters/mail%2Fsubscription%3Apost/${encodeURIComponent(nasty)}`)
    await page.getByText('Edit its data and replay it').click()
    assert.equal(await page.locator('.edit [name="text"]').inputValue(), nasty)
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByLabel('Reason').fill(nasty)
    await page.getByRole('dialog').getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByText('replayed 1 times').waitFor()
    const pages = await everyPage(entered, [`search?q=${encodeURIComponent(nasty)}`, 'streams?show=events', 'jobs'])
    for (const [place, html] of pages) assert.doesNotMatch(html, /<img|<script>/, place)
    const shown = [...pages.values()].filter((html) => html.includes('&lt;img src=x'))
    assert.ok(shown.length >= 10, `${shown.length} pages show it`)
    assert.notEqual(await page.title(), 'taken')
    quiet(entered)
  })

  test('a page of another origin gets nothing out of the console and orders nothing, though the browser has a session', async (t) => {
    const world: World = { mailBroken: false, tillJammed: false }
    const open = await running(t, hotelIn(world), { store: sqlite(join(folderFor(t), 'hotel.db')) })
    const console = await served(t, open)
    const stranger = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>x'))
    stranger.listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    t.after(() => stranger.close())
    const { page } = await visit(console)
    // Another port of the same machine is the same site: the cookie comes along.
    await page.goto(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`)
    const got = await page.evaluate(async (url) => {
      const tried: string[] = []
      const attempt = async (init: object): Promise<void> => {
        const answer = await fetch(`${url}/console/api/overview`, { credentials: 'include', ...init }).catch(() => null)
        tried.push(answer === null ? 'refused' : `${answer.type} ${answer.status} ${await answer.text()}`)
      }
      await attempt({})
      await attempt({ mode: 'no-cors' })
      const order = { method: 'POST', credentials: 'include', mode: 'no-cors', body: '{"reason":"x"}' }
      await fetch(`${url}/console/api/verify/store`, order).catch(() => null)
      const frame = document.createElement('iframe')
      frame.src = `${url}/`
      const loaded = new Promise((resolve) => (frame.onload = resolve))
      document.body.append(frame)
      await loaded
      let inner = 'closed'
      try {
        inner = frame.contentDocument?.body?.innerText ?? 'closed'
      } catch {
        inner = 'closed'
      }
      return [...tried, inner, String(location.origin === url)]
    }, console.url)
    assert.deepEqual(got, ['refused', 'opaque 0 ', 'closed', 'false'])
    assert.deepEqual(await open.inspect.actions({ limit: 9 }), [])
    await page.context().close()
  })
}

/** Everything that a line has beside its message; of an error what is written of it. */
function told(fields: object | undefined): string {
  return JSON.stringify(fields ?? {}, (_, value: unknown) =>
    value instanceof Error ? `${value.message} ${value.stack} ${String(value.cause)}` : value,
  )
}
