import { masked } from '../wire.ts'
import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { RequestRefused } from '../problem.ts'
import type { Names, Route } from '../router.ts'
import type { ReplayPlan } from '../wire/dead-letters.ts'
import { mayBePersonal } from './dead-letters.ts'

/** What a replay of dead letters would do, without doing it: viewers may ask as well. */
export const replayPlanRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: 'dead-letters/plan', answer: planMany },
  { method: 'GET', path: 'dead-letters/of/:consumer/:key/plan', answer: planOne },
]

type PlannedChoice = Parameters<Call['inspect']['deadLetters']['planReplay']>[0]

function planOne(call: Call, { consumer, key }: Names): Promise<ReplayPlan> {
  return planned(call, { consumer: consumer!, key: key! })
}

function planMany(call: Call): Promise<ReplayPlan> {
  const { query, frozen } = call
  const id = query.get('frozen')
  if (id !== null) {
    const { consumer: of, heads } = frozen.get(id)
    return planned(call, { consumer: of, only: heads })
  }
  const [consumer, code, type] = [query.get('consumer'), query.get('code'), query.get('type')]
  if (consumer === null) throw new RequestRefused('bad_request', 'Say of which consumer, or of which frozen set.')
  return planned(call, { consumer, ...(code !== null && { code }), ...(type !== null && { type }) })
}

/** Why something cannot be read may say what is in it. */
async function planned(call: Call, choice: PlannedChoice): Promise<ReplayPlan> {
  const isShown = call.viewer.seesPersonalData === true
  const { items, ...plan } = await call.inspect.deadLetters.planReplay({
    ...choice,
    force: call.query.get('force') === 'true',
  })
  return {
    measuredAt: measuredAt(call),
    consumer: plan.consumer,
    ...(plan.handler !== undefined && { handler: plan.handler }),
    owners: plan.owners,
    letters: plan.letters,
    replayed: plan.replayed,
    behindMessages: plan.behind,
    inVain: plan.inVain,
    replaying: plan.replaying,
    read: plan.read,
    unreadable: plan.unreadable,
    items: items.map(({ behind, problem, ...item }) => ({
      ...item,
      behindMessages: behind,
      ...(problem !== undefined && { problem: isShown || !mayBePersonal(call, item.type) ? problem : masked }),
    })),
  }
}
