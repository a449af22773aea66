import { lostConsumer, parcelNamed } from './depot.ts'

/** A page and all that it asks for when it is opened, by paths below the console's interface. */
export interface ConsolePage {
  readonly name: string
  readonly paths: readonly string[]
}

/** Asks the console's interface; answers what came, whole. */
export type Ask = (path: string) => Promise<string>

/** A session of the console: where its interface is, and how it is asked. */
export async function enter(
  link: string,
): Promise<{ readonly api: string; readonly cookie: string; readonly ask: Ask }> {
  const { origin } = new URL(link)
  const entered = await fetch(link, { redirect: 'manual' })
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
  await entered.text()
  const api = `${origin}/console/api/`
  const ask: Ask = async (path) => {
    const response = await fetch(api + path, { headers: { cookie } })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`)
    return text
  }
  return { api, cookie, ask }
}

/** Waits until a search by correlation id looks at every event, as it does a while after the first use. */
export async function indexed(ask: Ask, say: (left: number) => void): Promise<void> {
  const { id } = await correlated(ask)
  for (;;) {
    const behind = Number(/the newest (\d+) events are not searched yet/.exec(await ask(`search?q=${id}`))?.[1] ?? 0)
    say(behind)
    if (behind === 0) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** What pages are called, in their order. */
export const pageNames = [
  'overview',
  'events',
  'events-of-a-type',
  'streams',
  'stream',
  'event',
  'trace',
  'search-correlation',
  'search-nothing',
  'views',
  'view',
  'row',
  'sagas',
  'saga',
  'timers',
  'dead-letters',
  'dead-letters-next',
  'dead-letters-frozen',
  'dead-letter',
  'channels',
  'consumers',
  'processes',
  'system',
  'jobs',
] as const

/** Every page of the console, each with what there is most of. */
export async function pagesOf(ask: Ask, streams: number): Promise<readonly ConsolePage[]> {
  const [middle, lost] = [parcelNamed(streams >> 1), parcelNamed(0)]
  const { id: correlation, event } = await correlated(ask)
  const inside = (name: string): string => encodeURIComponent(name)
  const stream = `streams/${inside(`Parcel/${middle}`)}`
  const letters = `consumer=${inside(lostConsumer)}`
  const { next } = JSON.parse(await ask(`dead-letters?${letters}`)) as { readonly next?: string }
  if (next === undefined) throw new Error('There are no more dead letters than one page has.')
  const paths: Readonly<Record<(typeof pageNames)[number], readonly string[]>> = {
    overview: ['session', 'overview'],
    events: ['events'],
    'events-of-a-type': ['events?type=Lost'],
    streams: ['streams'],
    stream: [stream, `${stream}/events`, `${stream}/states?limit=20`],
    event: [`events/${inside(event)}`],
    trace: [`correlations/${inside(correlation)}`],
    'search-correlation': [`search?q=${inside(correlation)}`],
    'search-nothing': ['search?q=nobody-has-ever-been-called-so'],
    views: ['views'],
    view: ['views/parcels', 'views/parcels/rows'],
    row: [`views/parcels/rows/${inside(middle)}`],
    sagas: ['sagas/counts', 'sagas'],
    saga: [`sagas/${inside(`insurance/${parcelNamed(51)}`)}`],
    timers: ['timers'],
    'dead-letters': ['dead-letters/groups', `dead-letters?${letters}`],
    'dead-letters-next': [`dead-letters?${letters}&cursor=${inside(next)}`],
    'dead-letters-frozen': [`dead-letters/frozen?${letters}`],
    'dead-letter': [`dead-letters/of/${inside(lostConsumer)}/${inside(`Parcel/${lost}`)}`],
    channels: ['channels'],
    consumers: ['consumers'],
    processes: ['processes'],
    system: ['system'],
    jobs: ['jobs', 'actions'],
  }
  return pageNames.map((name) => ({ name, paths: paths[name] }))
}

async function correlated(ask: Ask): Promise<{ readonly id: string; readonly event: string }> {
  const { items } = JSON.parse(await ask('events')) as {
    readonly items: readonly { id: string; correlationId?: string }[]
  }
  const found = items.find(({ correlationId }) => correlationId !== undefined)
  if (found?.correlationId === undefined) throw new Error('No event has a correlation id.')
  return { id: found.correlationId, event: found.id }
}
