import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { chromium } from 'playwright-core'
import { mapDiagram, sagaDiagram } from '../../../src/architect/diagrams/diagram.ts'
import { designMap } from '../../../src/architect/diagrams/design-map.ts'
import type { DesignMap, MapPart } from '../../../src/architect/diagrams/map-parts.ts'
import { widthOfText } from '../../../src/architect/diagrams/text-width.ts'
import { absent, shopWith } from '../../../examples/orders/shop/system.ts'
import { OrderCreation } from '../../../examples/orders/shop/orders/order-creation.ts'
import { placeOfServer } from '../../../tools/servers.ts'

// What runs inside the page; the compiler knows no DOM here.
declare const document: any
declare const getComputedStyle: any

const hostile = [
  '<script>alert(1)</script>',
  '"onload="alert(1)',
  "'&amp;",
  '\u0000\u0007\uD800',
  ']]>',
  '日本語の名前です',
]
const hostileMap: DesignMap = {
  system: hostile.join(' '),
  services: hostile.map((service) => ({ service, owner: service })),
  parts: hostile.map((name): MapPart => ({ id: `event:${name}`, kind: 'event', name, service: name })),
  links: [],
}

const { name, graph } = shopWith(absent)
const shopMap = designMap(name, graph)

test('every text is escaped, and what XML cannot carry is replaced', () => {
  const svg = mapDiagram(hostileMap)
  assert.doesNotMatch(svg, /<script|"onload|\u0000|\u0007|[\uD800-\uDFFF]/)
  assert.match(svg, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
  assert.match(svg, /&#39;&amp;amp;/)
})

test('a diagram stands alone: nothing in it is fetched or run, and the same design gives the same bytes', () => {
  for (const draw of [() => mapDiagram(shopMap), () => sagaDiagram(OrderCreation)]) {
    const svg = draw()
    assert.equal(draw(), svg)
    assert.doesNotMatch(svg, /href|url\(|@import|<script|<foreignObject|<image/)
    assert.match(svg, /^<svg [^>]*role="img" aria-labelledby="title description"/)
    assert.match(svg, /<title id="title">(Map of shop|Saga order-creation)<\/title>/)
  }
})

test('the description says in words what goes where', () => {
  const svg = mapDiagram(shopMap)
  assert.match(svg, /CreateOrder is handled by Order\./)
  assert.match(svg, /order-creation sends ReserveInventory, ChargePayment, ConfirmOrder\./)
  assert.match(svg, /OrderConfirmed feeds [^.]*shipping[^.]* over order-events\./)
})

const executable = placeOfServer('chromium')
if (executable !== undefined) inBrowser(executable)

function inBrowser(executablePath: string): void {
  const opening = chromium.launch({ executablePath, args: ['--disable-gpu'] })
  after(async () => (await opening).close())

  test('a browser draws it: well formed, every text as wide as it was taken for or less, dark by night', async () => {
    const browser = await opening
    const inks: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme })
      for (const svg of [mapDiagram(shopMap), mapDiagram(hostileMap), sagaDiagram(OrderCreation)]) {
        await page.goto(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`)
        assert.equal(await page.evaluate(() => document.querySelectorAll('parsererror').length), 0)
        const texts = (await page.evaluate(() =>
          [...document.querySelectorAll('text')].map((text: any) => ({
            text: text.textContent,
            size: Number(text.getAttribute('font-size')),
            isBold: text.hasAttribute('font-weight'),
            width: text.getBBox().width,
          })),
        )) as readonly { text: string; size: number; isBold: boolean; width: number }[]
        assert.ok(texts.length > 0)
        for (const { text, width, ...font } of texts)
          assert.ok(width <= widthOfText(text, font) + 1, `${text}: ${width}`)
        inks.push(await page.evaluate(() => getComputedStyle(document.querySelector('.sheet')).fill))
      }
      await page.close()
    }
    assert.equal(new Set(inks).size, 2)
  })
}
