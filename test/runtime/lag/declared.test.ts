import assert from 'node:assert/strict'
import { test } from 'node:test'
import { belongsTo } from '../../../src/runtime/lag/declared.ts'
import { shop } from '../orders.fixture.ts'

test('a consumer belongs to a system that has its view, its service or its part', () => {
  const names = [
    'view:orders#1',
    'view:orders#12',
    'orders/timers',
    'orders/subscription:shipping@log',
    'orders/outbox',
  ]
  assert.deepEqual(
    names.filter((name) => belongsTo(shop.graph, name)),
    names,
  )
  const others = ['view:gone#1', 'view:orders', 'gone/timers', 'orders/subscription:gone', 'gone/outbox', '']
  assert.deepEqual(
    others.filter((name) => belongsTo(shop.graph, name)),
    [],
  )
})
