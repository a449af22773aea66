import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { open as openFilling } from '../../../bench/console/fill.ts'
import { enter, indexed, pageNames, pagesOf } from '../../../bench/console/pages.ts'
import { wordsOf } from '../../../bench/console/rows.ts'
import { open as openSite } from '../../../bench/console/site.ts'
import { open as openWatchers } from '../../../bench/console/watchers.ts'
import { folderFor } from '../../fixtures/folder.ts'

const course = { events: 6_000, letters: 60, parts: 2 }

test('a store is filled and counted, every page of the console answers, and who watches is told everything', async (t) => {
  const store = join(folderFor(t), 'depot.db')
  const filling = await openFilling('', { store, ...course })
  for (let part = 0; part < course.parts; part++) assert.ok((await filling.measure(0)).value > 0)
  await filling.close()
  const site = await openSite('', { store })
  t.after(() => site.close())
  const { details } = await site.measure(0)
  assert.ok(Number(details!['highest resident MiB']) > 0)
  const { ask, api, cookie } = await enter(String(details!['link']))
  await indexed(ask, () => undefined)
  const pages = await pagesOf(ask, course.events / 10)
  assert.deepEqual(
    pages.map(({ name }) => name),
    [...pageNames],
  )
  for (const { paths } of pages) for (const path of paths) assert.ok((await ask(path)).length > 2, path)

  const watchers = await openWatchers('', { api, cookie, clients: 3 })
  const [told, appended] = await Promise.all([watchers.measure(0), site.measure(300)])
  await watchers.close()
  assert.deepEqual([told.value, told.details!['missed'], appended.value], [300, 0, 300])
  assert.ok(Number(told.details!['p99Ms']) >= 0)
})

test('each page and each course has a row, and its id is its own', () => {
  const ids = wordsOf('s', 'a store').map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const page of pageNames) assert.ok(ids.includes(`s-page-${page}`), page)
})

test('a store that has not what was to be filled in is found', async (t) => {
  const store = join(folderFor(t), 'depot.db')
  const filling = await openFilling('', { store, ...course })
  await filling.measure(0)
  await assert.rejects(filling.close(), /6000 events were acknowledged, and the store holds 3000/)
})
