import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeclaredConsumer } from '../../../src/runtime/housekeeping/declared-consumer.ts'
import { belongsTo } from '../../../src/runtime/lag/declared.ts'
import { channelSpecs } from '../../../src/runtime/messages/channel-specs.ts'
import {
  channelOfRefeed,
  refeedName,
  refeedOfSender,
  refeedOwners,
  refeedSender,
} from '../../../src/runtime/messages/refeed-names.ts'
import { shopWith, thanks } from '../messages.fixture.ts'
import { counting, Stock } from '../refeed.fixture.ts'

const { graph } = counting(Stock)

test('the channel of a derived one is found, also where its name looks like one', () => {
  for (const channel of ['stock', 'a.refeed.b', 'stock-1.x'])
    assert.equal(channelOfRefeed(refeedName(channel, 'stock', 3, 'abc')), channel)
  for (const other of ['stock', '.refeed.stock.1-a', '']) assert.equal(channelOfRefeed(other), undefined)
})

test('the consumer that sends names what it sends', () => {
  const refeed = refeedName('stock', 'stock', 3, 'abc')
  assert.equal(refeedOfSender('counter', refeedSender('counter', refeed)), refeed)
  for (const other of ['counter/relay:stock', `other/refeed:${refeed}`, 'counter/refeeds'])
    assert.equal(refeedOfSender('counter', other), undefined)
})

test('a service is asked where a view of another one reads its channel, and a channel is there for that', () => {
  assert.deepEqual([...refeedOwners(graph)], ['counter'])
  assert.deepEqual([...refeedOwners(shopWith(thanks).graph)], [])
  for (const service of ['counter', 'shown']) {
    const spec = channelSpecs(graph, new Set([service])).find(({ name }) => name === 'counter.refeeds')
    assert.deepEqual(spec?.groups, ['counter/refeeds'])
  }
  assert.ok(!channelSpecs(shopWith(thanks).graph, new Set(['orders'])).some(({ name }) => name.endsWith('.refeeds')))
})

test('what works for a refeed belongs to the design', () => {
  const refeed = refeedName('stock', 'stock', 3, 'abc')
  for (const name of ['counter/refeeds', refeedSender('counter', refeed)])
    assert.ok(isDeclaredConsumer(graph, name), name)
  for (const name of ['shown/refeeds', refeedSender('shown', refeed), 'counter/refeed:gone.refeed.stock.1-a'])
    assert.ok(!isDeclaredConsumer(graph, name), name)
  assert.ok(belongsTo(graph, 'view:stock#3@refeed'))
  assert.ok(!belongsTo(graph, 'view:gone#3@refeed'))
})
