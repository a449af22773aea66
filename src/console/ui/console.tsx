import type { ComponentType, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { turnZone, zone } from './clock.ts'
import { go, href, route } from './route.ts'
import { isKnown } from './server.ts'
import { Channels } from './pages/channels.tsx'
import { StoredConsumers } from './pages/consumers.tsx'
import { DeadLetter } from './pages/dead-letter.tsx'
import { DeadLetters } from './pages/dead-letters.tsx'
import { EventPage } from './pages/event.tsx'
import { Jobs } from './pages/jobs.tsx'
import { Live } from './pages/live.tsx'
import { Overview } from './pages/overview.tsx'
import { Processes } from './pages/processes.tsx'
import { Saga } from './pages/saga.tsx'
import { Sagas } from './pages/sagas.tsx'
import { Search } from './pages/search.tsx'
import { Stream } from './pages/stream.tsx'
import { Streams } from './pages/streams.tsx'
import { System } from './pages/system.tsx'
import { Trace } from './pages/trace.tsx'
import { View } from './pages/view.tsx'
import { Views } from './pages/views.tsx'
import { useResource } from './resource.ts'
import { role } from './viewer.ts'
import type { Session } from '../wire.ts'

interface Place {
  readonly page: string
  /** In the navigation; what has none is reached from elsewhere. */
  readonly name?: string
  readonly Page: ComponentType
  /** Shows one of what the page lists. */
  readonly One?: ComponentType
}

const places: readonly Place[] = [
  { page: 'overview', name: 'Overview', Page: Overview },
  { page: 'live', name: 'Live', Page: Live },
  { page: 'streams', name: 'Streams', Page: Streams, One: Stream },
  { page: 'views', name: 'Views', Page: Views, One: View },
  { page: 'sagas', name: 'Sagas', Page: Sagas, One: Saga },
  { page: 'dead-letters', name: 'Dead letters', Page: DeadLetters, One: DeadLetter },
  { page: 'channels', name: 'Channels', Page: Channels },
  { page: 'processes', name: 'Processes', Page: Processes },
  { page: 'system', name: 'System', Page: System },
  { page: 'jobs', name: 'Jobs', Page: Jobs },
  { page: 'consumers', Page: StoredConsumers },
  { page: 'events', Page: Streams, One: EventPage },
  { page: 'trace', Page: Search, One: Trace },
  { page: 'search', Page: Search },
]

/** The whole console: where one can go, and the page where the reader is. */
export function Console(): JSX.Element {
  useEffect(() => {
    addEventListener('keydown', toSearch)
    return () => removeEventListener('keydown', toSearch)
  }, [])
  const session = useResource<Session>('session', 30_000).state.value.data
  useEffect(() => {
    role.value = session?.role ?? 'viewer'
    document.title = session === undefined ? 'Eventwright console' : `${session.system} · console`
  }, [session])
  if (!isKnown.value) return <Stranger />
  const { page, parts } = route.value
  const place = places.find((each) => each.page === page)
  const Shown = parts.length > 0 && place?.One !== undefined ? place.One : place?.Page
  return (
    <>
      <a class="skip" href="#main" onClick={toMain}>
        To the content
      </a>
      <header>
        <nav aria-label="Console">
          {places.map(
            ({ page: to, name }) =>
              name !== undefined && (
                <a key={to} href={href(to)} aria-current={to === page ? 'page' : undefined}>
                  {name}
                </a>
              ),
          )}
        </nav>
        {session !== undefined && <Who {...session} />}
        <form role="search" onSubmit={search}>
          <input
            id="search"
            name="q"
            type="search"
            placeholder="id, key, correlation"
            aria-label="Search by id, key or correlation id (press /)"
            autocomplete="off"
          />
        </form>
        <button type="button" onClick={turnZone} aria-label={`Times are shown in ${zone.value} time; change`}>
          {zone.value === 'UTC' ? 'UTC' : 'Local time'}
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {Shown === undefined ? <p>There is no page {page}.</p> : <Shown key={parts.join('/')} />}
      </main>
    </>
  )
}

function Who({ system, environment, who, role: may }: Session): JSX.Element {
  return (
    <p class="who">
      <b>{system}</b>
      {environment !== undefined && <b class={`environment ${environment}`}>{environment}</b>}
      <small>
        {who}, {may}
      </small>
    </p>
  )
}

function Stranger(): JSX.Element {
  return (
    <main>
      <h1>Who is there?</h1>
      <p>
        This console is opened by the address with a token that the process printed when it started. Start it again for
        a new one, or ask whoever runs it.
      </p>
    </main>
  )
}

function toMain(event: MouseEvent): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function toSearch(event: KeyboardEvent): void {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  const field = document.getElementById('search')
  // What was searched for before stays until something else is typed.
  field?.focus()
  if (field instanceof HTMLInputElement) field.select()
}

function search(event: SubmitEvent): void {
  event.preventDefault()
  const text = new FormData(event.currentTarget as HTMLFormElement).get('q')
  if (typeof text === 'string' && text.trim() !== '') go(href('search', [], { q: text.trim() }))
}
