import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { memory } from 'eventwright'
import { builtPage } from '../../../tools/console-page.ts'
import { placeOfServer } from '../../../tools/servers.ts'
import { longTest } from '../../fixtures/torture.ts'
import { running, until } from '../../runtime/running.fixture.ts'
import { book } from '../console.fixture.ts'
import { errand, errandsIn } from './errands.fixture.ts'
import { press } from './keyboard.fixture.ts'
import { opened, quiet, served, startVisits, type Opened } from './opened.fixture.ts'

// What runs inside the page; the compiler knows no DOM here.
declare const document: any

test('the page is small: at most 90 KB of JavaScript and 20 KB of styles, compressed', () => {
  const size = (pattern: string): number =>
    globSync(pattern, { cwd: builtPage }).reduce(
      (sum, file) => sum + gzipSync(readFileSync(join(builtPage, file))).length,
      0,
    )
  const [script, style] = [size('**/*.js'), size('**/*.css')]
  assert.ok(script > 0 && script <= 90 * 1024, `${script} bytes of JavaScript`)
  assert.ok(style > 0 && style <= 20 * 1024, `${style} bytes of styles`)
})

async function lettersOf({ hotel }: Opened): Promise<number> {
  return (await hotel.inspect.consumers()).reduce((sum, { parkedKeys }) => sum + parkedKeys, 0)
}

const executable = placeOfServer('chromium')
if (executable !== undefined) await testInBrowser(executable)

async function testInBrowser(browserPath: string): Promise<void> {
  const visit = await startVisits(browserPath)

  test('every page is reached by the keyboard alone', async (t) => {
    const hotel = await opened(t)
    await book(hotel.hotel, 'b1')
    assert.ok(await hotel.hotel.caughtUp({ timeoutMs: 60_000 }))
    const entered = await visit(hotel)
    const { page } = entered
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'To the content')
    const seen: string[] = []
    for (const name of [
      'Live',
      'Streams',
      'Views',
      'Sagas',
      'Dead letters',
      'Channels',
      'Processes',
      'System',
      'Jobs',
    ]) {
      await press(page, page.getByRole('navigation').getByRole('link', { name, exact: true }))
      await page.locator('nav a[aria-current]', { hasText: name }).waitFor()
      seen.push(await page.getByRole('heading', { level: 1 }).innerText())
    }
    assert.deepEqual(seen, [
      ...['Live', 'Streams', 'Views', 'Sagas', 'Dead letters', 'Channels', 'Processes', 'hotel', 'Jobs and audit'],
    ])
    await page.keyboard.press('/')
    await page.keyboard.type('b1')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Booking/b1' }).first().waitFor()
    quiet(entered)
  })

  for (const [what, options] of [
    ['wide and light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
    ['as wide as a phone and dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
  ] as const)
    test(`axe finds nothing serious on any page, and none is wider than the window: ${what}`, async (t) => {
      const hotel = await opened(t)
      hotel.world.mailBroken = hotel.world.tillJammed = true
      await book(hotel.hotel, 'b1', 'corr-1')
      await until(
        'the trouble is there',
        async () => {
          const counts = await hotel.hotel.inspect.sagaCounts()
          return (await lettersOf(hotel)) > 0 && counts.some(({ status }) => status === 'stuck')
        },
        60_000,
      )
      const entered = await visit(hotel, options)
      for (const hash of [
        'overview',
        'live',
        'streams',
        'streams?show=events',
        'streams/Booking%2Fb1',
        'streams/Booking%2Fb1?show=events',
        'views',
        'views/bookings',
        'views/bookings/b1',
        'sagas',
        'sagas/stay%2Fb1',
        'dead-letters',
        'dead-letters/post%2Fsubscription%3Amails/b1',
        'channels',
        'processes',
        'consumers',
        'system',
        'jobs',
        'search?q=corr-1',
        'trace/corr-1',
      ]) {
        await entered.to(hash)
        assert.deepEqual(await entered.audit(), [], hash)
      }
      quiet(entered)
    })

  longTest('long lists come in pages, each with an address of its own that leads to the same rows', async (t) => {
    const faults = { isDoorShut: false, isHomeLost: false, isPostRefused: true }
    const many = 1_000
    const open = await running(t, errandsIn(faults), { store: memory(), stuckAfter: many + 1 })
    for (let n = 0; n < many; n += 200)
      await Promise.all(Array.from({ length: 200 }, (_, k) => open.execute(errand(`e${n + k}`))))
    await until('all are dead letters', async () => (await open.inspect.deadLetters.counts())[0]?.count === many)
    const entered = await visit(await served(t, open))
    const { page } = entered
    await entered.to('dead-letters')
    await page.getByText('1,000 messages').waitFor()
    for (const list of ['dead-letters', 'streams', 'streams?show=events', 'sagas', 'views/errands']) {
      await entered.to(list)
      const rows = page.locator('tbody').last().locator('tr')
      // Ages go on, links do not. In one look: between two of them other rows may come, or another table.
      const links = (): Promise<string> =>
        rows.evaluateAll((all: any[]) =>
          all.length === 50 ? [...all[0].querySelectorAll('a')].map((link) => link.hash).join() : '',
        )
      const [names, addresses] = [new Set<string>(), new Set<string>()]
      for (let pages = 0; pages < 3; pages++) {
        if (pages > 0) await press(page, page.getByRole('link', { name: 'Next page' }), 'Enter', 'Shift+Tab')
        await until(`another whole page of ${list}`, async () => {
          const name = await links()
          return name !== '' && !names.has(name) && names.add(name)
        })
        addresses.add(page.url())
      }
      assert.equal(addresses.size, 3, list)
      await page.goto('about:blank')
      await page.goto([...addresses].at(-1)!)
      await until(`a whole page of ${list} at its address`, async () => (await links()) !== '')
      assert.equal(await links(), [...names].at(-1), list)
      await press(page, page.getByRole('link', { name: 'Back to the first page' }))
      await page.getByRole('link', { name: 'Back to the first page' }).waitFor({ state: 'detached' })
    }
    quiet(entered)
  })

  test('events appear on the live page as they are recorded, and what strangers write stays text', async (t) => {
    const hotel = await opened(t)
    const entered = await visit(hotel)
    const { page } = entered
    await entered.to('live')
    await page.locator('.status', { hasText: 'live' }).waitFor()
    const nasty = '<img src=x onerror=alert(1)>'
    await book(hotel.hotel, nasty)
    await page
      .getByRole('link', { name: `Booking/${nasty}` })
      .first()
      .waitFor()
    for (const hash of [
      'streams',
      `streams/${encodeURIComponent(`Booking/${nasty}`)}`,
      'sagas',
      `search?q=${encodeURIComponent(nasty)}`,
    ]) {
      await entered.to(hash)
      assert.equal(await page.locator('main img').count(), 0, hash)
    }
    quiet(entered)
  })

  test('a viewer sees no buttons for orders, and who has no token is told how to enter', async (t) => {
    const hotel = await opened(t, { local: { role: 'viewer' } })
    await book(hotel.hotel, 'b1')
    const entered = await visit(hotel)
    await entered.to('views/bookings')
    await entered.page.getByText('viewer').waitFor()
    assert.equal(await entered.page.getByRole('button', { name: /Rebuild/ }).count(), 0)
    quiet(entered)
    await entered.page.context().clearCookies()
    await entered.page.reload()
    await entered.page.getByRole('heading', { name: 'Who is there?' }).waitFor()
  })
}
