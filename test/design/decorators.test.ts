import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { isEventwrightError, memory, service, system } from 'eventwright'
import ts from 'typescript'
import { compilerOptions } from '../../tools/compiler-options.ts'
import { root } from '../../tools/root.ts'
import { compiled } from '../fixtures/decorators/compiled.ts'
import type * as mistakesModule from '../fixtures/decorators/mistakes.mts'
import type * as orderModule from '../fixtures/decorators/order.mts'
import { folderFor } from '../fixtures/folder.ts'
import { running, until } from '../runtime/running.fixture.ts'

const compilers = ['typescript', 'typescript7'] as const

for (const compiler of compilers) {
  test(`compiled by ${compiler}, decorators declare what the plain style declares`, async (t) => {
    const { Decorated, Plain, ClosableOrderState } = await orders(compiled('order', compiler, folderFor(t)))
    assert.ok(Object.isFrozen(Decorated) && Object.isFrozen(Decorated.evolve) && Object.isFrozen(Decorated.decide))
    const { kind, name, events, commands, id, snapshot, identity } = Plain
    const { evolve, decide, initial, mutable, ...same } = Decorated
    assert.deepEqual(same, { kind, name, events, commands, id, snapshot, identity })
    assert.deepEqual([Object.keys(evolve), Object.keys(decide)], [Object.keys(Plain.evolve), Object.keys(Plain.decide)])
    assert.equal(mutable, true)
    assert.ok(initial() instanceof ClosableOrderState)
    assert.notEqual(initial(), initial())
  })

  test(`compiled by ${compiler}, decorated handlers answer and record what plain ones do`, async (t) => {
    const module = await orders(compiled('order', compiler, folderFor(t)))
    const { Decorated, Plain, decoratedClosing, plainClosing, wrapped } = module
    const decorated = await history(t, module, Decorated, decoratedClosing)
    assert.ok(wrapped.calls > 0)
    assert.deepEqual(decorated, await history(t, module, Plain, plainClosing))
    assert.deepEqual(decorated.closed, ['Order/1 3', 'Order/2 5'])
    assert.deepEqual(decorated.refused, ['order_exists', 'not_open'])
    assert.equal(decorated.recorded.length, 4)
  })

  test(`compiled by ${compiler}, a class that does not fit is refused by name`, async (t) => {
    const address = compiled('mistakes', compiler, folderFor(t))
    const { mistakes } = (await import(address)) as typeof mistakesModule
    for (const [what, declare, message] of mistakes) {
      const isRefusal = (error: Error): boolean =>
        isEventwrightError(error, 'EW_DESIGN') && (assert.match(error.message, message), true)
      assert.throws(declare, isRefusal, what)
    }
  })

  test(`compiled by ${compiler} as legacy decorators, the class is refused and told why`, async (t) => {
    const address = compiled('order', compiler, folderFor(t), ['--experimentalDecorators'])
    const isRefusal = (error: Error): boolean =>
      isEventwrightError(error, 'EW_DESIGN') && error.message.includes('compile without experimentalDecorators')
    await assert.rejects(import(address), isRefusal)
  })
}

test('the rules of the types hold with the older compiler too', () => {
  const files = ['types/decorators.mts', 'fixtures/decorators/order.mts', 'fixtures/decorators/mistakes.mts']
  const paths = files.map((file) => join(root, 'test', file))
  const program = ts.createProgram(paths, compilerOptions())
  const said = paths.flatMap((path) => {
    const file = program.getSourceFile(path)
    assert.ok(file !== undefined, path)
    return program
      .getSemanticDiagnostics(file)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
  })
  assert.deepEqual(said, [])
})

async function orders(address: string): Promise<typeof orderModule> {
  return (await import(address)) as typeof orderModule
}

/** What commands were answered, which events were recorded, and what the subscription did. */
async function history(
  t: TestContext,
  { Place, Close }: typeof orderModule,
  order: typeof orderModule.Decorated | typeof orderModule.Plain,
  closing: (closed: string[]) => ReturnType<typeof orderModule.decoratedClosing>,
) {
  const closed: string[] = []
  const shop = system('shop', { services: [service('orders', { parts: [order, closing(closed)] })] })
  const open = await running(t, shop, { store: memory() })
  await open.execute(Place({ orderId: '1', items: 3 }))
  await open.execute(Place({ orderId: '2', items: 5 }))
  await until('both orders are closed', () => closed.length === 2)
  const refused = [
    await open.attempt(Place({ orderId: '1', items: 1 })),
    await open.attempt(Close({ orderId: '2' })),
  ].map((tried) => (tried.ok ? 'ok' : tried.code))
  const recorded: unknown[] = []
  for (const id of ['1', '2']) {
    for await (const { stream, version, type, data } of open.events.stream(`Order/${id}`)) {
      recorded.push({ stream, version, type, data })
    }
  }
  return { refused, recorded, closed: closed.sort() }
}
