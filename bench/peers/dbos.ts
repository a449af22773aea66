import pg from 'pg'
import { perSaga } from '../sagas/per-saga.ts'
import { order } from '../sagas/shop.ts'
import { poolSize } from '../store/place.ts'
import type { Variant } from '../variant.ts'

/** The part of DBOS that is used here. */
interface Dbos {
  setConfig(config: {
    readonly name: string
    readonly systemDatabaseUrl: string
    readonly systemDatabasePoolSize: number
    readonly logLevel: string
  }): void
  registerWorkflow<A extends unknown[], R>(
    run: (...args: A) => Promise<R>,
    config: { readonly name: string },
  ): (...args: A) => Promise<R>
  runStep<R>(run: () => Promise<R>, config: { readonly name: string }): Promise<R>
  launch(): Promise<void>
  shutdown(): Promise<void>
}

// Not a literal: the package is installed by the bench, so neither the compiler nor the check of imports may ask for
// it.
const packageName: string = '@dbos-inc/dbos-sdk'

/**
 * The workflow of an order by DBOS: three steps that do nothing and are recorded, in this process, on a pool of 20. Our
 * steps beside it write an event each.
 */
export async function open(_: string, options: { store: string; callers: number }): Promise<Variant> {
  const { DBOS } = (await import(packageName)) as { DBOS: Dbos }
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: options.store,
    systemDatabasePoolSize: poolSize,
    logLevel: 'error',
  })
  const step = (name: string, result: object): Promise<object> => DBOS.runStep(async () => result, { name })
  const fulfil = DBOS.registerWorkflow(
    async ({ orderId }: ReturnType<typeof order>) => {
      await step('reserve', {})
      const paid = await step('charge', { paymentId: `payment-${orderId}` })
      await step('ship', {})
      return paid
    },
    { name: 'fulfilment' },
  )
  await DBOS.launch()
  let placed = 0
  const place = (): Promise<object> => fulfil(order(placed++))
  return {
    measure: (forMs) => perSaga(options.callers, forMs, undefined, place),
    async close() {
      await DBOS.shutdown()
      await assertDone(options.store, placed)
    },
  }
}

async function assertDone(url: string, workflows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const count = async (what: string): Promise<number> =>
    (await client.query(`select count(*)::int as count from dbos.${what}`)).rows[0].count
  try {
    const found = [await count(`workflow_status where status = 'SUCCESS'`), await count('operation_outputs')]
    if (found.join() !== [workflows, 3 * workflows].join())
      throw new Error(`${workflows} workflows are done, and the database holds ${found.join(', ')}.`)
  } finally {
    await client.end()
  }
}
