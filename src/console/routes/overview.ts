import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import type { Route } from '../router.ts'
import { declaredOf } from './processes.ts'
import { byUrgency, healthOrder, shownConsumer, worstOf } from '../shown-consumer.ts'
import type { Session } from '../wire.ts'
import type { ProcessItem } from '../wire/processes.ts'
import type { Concern, ConsumerItem, ConsumerStatus, Overview } from '../wire/overview.ts'

/** What the first page shows, and who looks at it. */
export const overviewRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: 'session', answer: session },
  { method: 'GET', path: 'overview', answer: overview },
]

async function session(call: Call): Promise<Session> {
  const { who, role, seesPersonalData = false } = call.viewer
  const { name, storeId } = await call.inspect.store()
  const { system, environment, canLeave } = call.about
  return {
    who,
    role,
    seesPersonalData,
    system,
    ...(environment !== undefined && { environment }),
    store: { name, id: storeId },
    canLeave,
    measuredAt: measuredAt(call),
  }
}

async function overview(call: Call): Promise<Overview> {
  const { inspect, jobs, throughput, processes } = call
  const nowMs = await inspect.now()
  const [store, reports, letters, counts] = await Promise.all([
    inspect.store(),
    inspect.consumers(),
    inspect.deadLetters.counts(),
    inspect.sagaCounts(),
  ])
  const consumers = reports.map((report) => shownConsumer(inspect, report)).sort(byUrgency)
  const instances = (status: string): number =>
    counts.filter((each) => each.status === status).reduce((sum, { count }) => sum + count, 0)
  const working = processes.look(declaredOf(inspect, reports), nowMs)
  const concerns = [
    ...ofProcesses(working, consumers, nowMs),
    ...ofConsumers(consumers),
    ...ofLetters(letters),
    ...ofSagas(counts),
  ].sort((a, b) => healthOrder.indexOf(b.health) - healthOrder.indexOf(a.health))
  const lag = consumers
    .filter(({ isForgotten }) => isForgotten !== true)
    .reduce((sum, { lagMessages }) => sum + lagMessages, 0)
  return {
    measuredAt: measuredAt(call),
    health: worstOf([...consumers, ...concerns].map(({ health }) => health)),
    head: { events: store.head, engineEvents: store.engineHead },
    throughput: throughput.look(store.head, lag),
    concerns,
    consumers,
    deadLetters: letters.reduce((sum, { count }) => sum + count, 0),
    sagas: {
      running: instances('running') + instances('waiting'),
      stuck: instances('stuck'),
      compensating: instances('compensating'),
    },
    jobs: { running: jobs.running },
  }
}

const stands: { readonly [status in ConsumerStatus]?: string } = {
  'broker away': 'cannot reach its broker',
  'needs newer release': 'is in need of a newer release',
}

const remedies: { readonly [status in ConsumerStatus]?: string } = {
  'falling behind': 'More comes than it can do: give it more processes, or make its handler faster.',
  stalled:
    'It has work and does not move: look at the log of the process that owns it; another one takes over when that ends.',
  stopped:
    'No process runs it, or its handler fails for every key: start its service, or mend the handler and start again.',
  'broker away': 'Nobody knows what waits in its channel: see that the broker runs and lets this login in.',
  'needs newer release': 'A newer release has written what this one cannot read: start that one.',
  ahead: 'It has done more than its source holds: one of them comes from another backup.',
}

/** Whoever is there takes over within two seconds; what is left for longer nobody else runs. */
const takeOverMs = 5_000

function ofProcesses(
  processes: readonly ProcessItem[],
  consumers: readonly ConsumerItem[],
  nowMs: number,
): readonly Concern[] {
  const stopped = new Set(consumers.filter(({ status }) => status === 'stopped').map(({ name }) => name))
  return processes.flatMap(({ process, leaves, silentSinceAt }): readonly Concern[] => {
    if (silentSinceAt === undefined || nowMs - Date.parse(silentSinceAt) <= takeOverMs) return []
    return [
      {
        health: leaves.some((name) => stopped.has(name)) ? 'bad' : 'warn',
        kind: 'process',
        what: `${process} is silent, and nobody else runs what waits for it`,
        remedy: 'It hangs or is dead: end it, then start what it ran again, here or elsewhere.',
        count: leaves.length,
        unit: 'consumers wait for it',
        sinceAt: silentSinceAt,
        place: { page: 'processes' },
      },
    ]
  })
}

const lateRemedy =
  'It is further behind than the design allows: a burst is worked off; else give it more processes, or mend its handler.'

function ofConsumers(consumers: readonly ConsumerItem[]): readonly Concern[] {
  return consumers.flatMap(
    ({ name, kind, of, health, status, lagMessages, objective, problem, isForgotten }): readonly Concern[] => {
      const isMissed = objective?.met === false
      const remedy = remedies[status] ?? (isMissed ? lateRemedy : undefined)
      if (remedy === undefined || isForgotten || (health !== 'warn' && health !== 'bad')) return []
      const what =
        remedies[status] === undefined ? `${name} misses its objective` : `${name} ${stands[status] ?? `is ${status}`}`
      const place =
        kind === 'projection'
          ? { page: 'views', parts: [of] }
          : kind === 'saga' || kind === 'process'
            ? { page: 'sagas', query: { saga: of } }
            : { page: 'channels' }
      return [
        {
          health,
          kind: 'consumer',
          what: problem === undefined ? what : `${what}: ${problem}`,
          remedy,
          count: lagMessages,
          unit: 'messages behind',
          place,
        },
      ]
    },
  )
}

function ofLetters(counts: readonly { readonly consumer: string; readonly count: number }[]): readonly Concern[] {
  return [...Map.groupBy(counts, ({ consumer }) => consumer)].map(([consumer, groups]) => ({
    health: 'warn',
    kind: 'dead letters',
    what: `${consumer} has messages that failed for good`,
    remedy: 'See why, then replay, edit or discard them; their keys wait meanwhile, others flow.',
    count: groups.reduce((sum, { count }) => sum + count, 0),
    unit: 'dead letters',
    place: { page: 'dead-letters', query: { consumer } },
  }))
}

function ofSagas(
  counts: readonly { readonly saga: string; readonly status: string; readonly count: number }[],
): readonly Concern[] {
  return counts.flatMap(({ saga, status, count }): readonly Concern[] =>
    status !== 'stuck' || count === 0
      ? []
      : [
          {
            health: 'bad',
            kind: 'stuck sagas',
            what: `${saga} has instances that wait for a person`,
            remedy: 'Mend what keeps the step from being done, then let them go on; or say what was done by hand.',
            count,
            unit: 'instances',
            place: { page: 'sagas', query: { saga, status: 'stuck' } },
          },
        ],
  )
}
