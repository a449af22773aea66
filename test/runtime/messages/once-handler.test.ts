import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '../../../src/runtime/loop/delivery.ts'
import type { Handler } from '../../../src/runtime/loop/handler.ts'
import { onceHandler } from '../../../src/runtime/messages/once-handler.ts'

const delivery = (inboxKey: string | undefined, position: number): Delivery =>
  ({ inboxKey, position, type: 'Counted' }) as unknown as Delivery

/** A handler with what it was given, over keys that are remembered already. */
function once(seen: readonly string[], takes: (event: Delivery) => boolean = () => true) {
  const given: number[] = []
  const inner = {
    async handle(_bundle: unknown, events: readonly Delivery[]) {
      given.push(...events.map(({ position }) => position))
      return { rows: [] }
    },
    park: (_bundle: unknown, { position }: Delivery) => ({ parks: [{ kind: 'wait', position }] }),
  } as unknown as Handler
  const handler = onceHandler(inner, {
    inbox: {
      among: async (_service: string, _consumer: string, keys: readonly string[]) =>
        new Set(keys.filter((key) => seen.includes(key))),
    } as never,
    service: 'shown',
    consumer: 'view:stock#1',
    takes,
    handled: (event) => (event.position === 9 ? undefined : event),
  })
  const handle = async (...events: Delivery[]) =>
    ((await handler.handle({} as never, events, new AbortController().signal)).inbox ?? []).map(({ key }) => key)
  return { handler, given, handle }
}

test('what was given before is passed over, twice in a page too, and the rest is remembered', async () => {
  const { given, handle } = once(['a'])
  assert.deepEqual(await handle(delivery('a', 1), delivery('b', 2), delivery('b', 3), delivery('c', 4)), ['b', 'c'])
  assert.deepEqual(given, [2, 4])
})

test('what is not taken is neither given nor remembered, nor is what has no key', async () => {
  const { given, handle } = once([], ({ position }) => position !== 2)
  assert.deepEqual(await handle(delivery('a', 1), delivery('b', 2), delivery(undefined, 3)), ['a'])
  assert.deepEqual(given, [1])
})

test('what nobody handles is remembered all the same', async () => {
  const { given, handle } = once([])
  assert.deepEqual(await handle(delivery('end', 9)), ['end'])
  assert.deepEqual(given, [])
})

test('what is parked because the store refuses it is remembered, so that it waits once', async () => {
  const { handler, handle } = once([])
  await handle(delivery('a', 1))
  const unit = handler.park({} as never, delivery('a', 1), new Error('refused'))
  assert.deepEqual(
    unit.inbox!.map(({ service, consumer, key }) => [service, consumer, key]),
    [['shown', 'view:stock#1', 'a']],
  )
  assert.equal(unit.parks!.length, 1)
})
