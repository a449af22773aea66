import type { JSX } from 'preact'
import type { Concern, ConsumerItem, Overview as Answer } from '../../wire/overview.ts'
import { Fetched } from '../parts/fetched.tsx'
import { Consumers, HealthStatus } from '../parts/health.tsx'
import { Age } from '../parts/moment.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Spark } from '../parts/spark.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { placeHref } from '../place.ts'
import { useResource } from '../resource.ts'
import { href } from '../route.ts'

const words = { good: 'All is well', busy: 'Working', warn: 'Look at this', bad: 'Needs you' } as const

const concerns: readonly Column<Concern>[] = [
  { heading: 'What', cell: ({ what, place }) => <a href={placeHref(place)}>{what}</a> },
  { heading: 'How', cell: ({ health, kind }) => <HealthStatus health={health} word={kind} /> },
  { heading: 'How much', isNumber: true, cell: ({ count, unit }) => <Quantity value={count} unit={unit ?? ''} /> },
  { heading: 'Since', cell: ({ sinceAt }) => <Age at={sinceAt} /> },
  { heading: 'What to do', cell: ({ remedy }) => remedy },
]

/** The first page: whether all is well, what needs a person first, and how everything that works is doing. */
export function Overview(): JSX.Element {
  const { state } = useResource<Answer>('overview')
  return (
    <>
      <h1>Overview</h1>
      <Fetched of={state.value}>
        {(overview) => (
          <>
            <Tiles {...overview} />
            <section aria-labelledby="concerns">
              <h2 id="concerns">Needs attention</h2>
              <Table
                caption="What needs a person, the worst first"
                columns={concerns}
                rows={overview.concerns}
                keyOf={({ kind, what }) => `${kind} ${what}`}
                empty="Nothing. Everything that is declared works and is up to date."
              />
            </section>
            <section aria-labelledby="consumers">
              <h2 id="consumers">
                What works <small>the worst first</small>
              </h2>
              <p>
                <a href={href('consumers')}>What the store has of consumers, also of old ones</a>
              </p>
              <Working consumers={overview.consumers} />
            </section>
          </>
        )}
      </Fetched>
    </>
  )
}

/** What is idle is well, and there is much of it: it does not stand between the eye and what is not. */
function Working({ consumers }: Pick<Answer, 'consumers'>): JSX.Element {
  const isIdle = ({ health, status }: ConsumerItem): boolean => health === 'good' && status === 'idle'
  const busy = consumers.filter((consumer) => !isIdle(consumer))
  const idle = consumers.filter(isIdle)
  return (
    <>
      {busy.length > 0 && <Consumers caption="Consumers that work" consumers={busy} />}
      {idle.length > 0 && (
        <details>
          <summary>{idle.length} are idle and up to date</summary>
          <Consumers caption="Consumers that are idle" consumers={idle} />
        </details>
      )}
    </>
  )
}

function Tiles({ health, head, throughput, deadLetters, sagas, jobs, measuredAt }: Answer): JSX.Element {
  const rates = throughput.map(({ eventsPerSecond }) => eventsPerSecond)
  const lags = throughput.map(({ lagMessages }) => lagMessages)
  return (
    <dl class="tiles">
      <div>
        <dt>
          Health <Age at={measuredAt} />
        </dt>
        <dd>
          <HealthStatus health={health} word={words[health]} />
        </dd>
      </div>
      <div>
        <dt>Appended</dt>
        <dd>
          <Quantity value={rates.at(-1)} unit="events/s" />
          <Spark values={rates} label="Events appended per second, of late" />
        </dd>
      </div>
      <div>
        <dt>Lag of all consumers</dt>
        <dd>
          <Quantity value={lags.at(-1)} unit="messages" />
          <Spark values={lags} label="Lag of all consumers, of late" />
        </dd>
      </div>
      <div>
        <dt>In the log</dt>
        <dd>
          <a href={href('live')}>
            <Quantity value={head.events} unit="events" />
          </a>
        </dd>
      </div>
      <div>
        <dt>Dead letters</dt>
        <dd>
          <a href={href('dead-letters')}>
            <Quantity value={deadLetters} unit="messages" />
          </a>
        </dd>
      </div>
      <SagasTile {...sagas} />
      {jobs.running > 0 && (
        <div>
          <dt>Jobs</dt>
          <dd>
            <a href={href('jobs')}>
              <Quantity value={jobs.running} unit="running" />
            </a>
          </dd>
        </div>
      )}
    </dl>
  )
}

function SagasTile({ running, stuck, compensating }: Answer['sagas']): JSX.Element {
  return (
    <div>
      <dt>Sagas</dt>
      <dd>
        <a href={href('sagas')}>
          <Quantity value={running} unit="running" />
        </a>
        {stuck > 0 && (
          <div>
            <a href={href('sagas', [], { status: 'stuck' })}>
              <Quantity value={stuck} unit="stuck" />
            </a>
          </div>
        )}
        {compensating > 0 && (
          <div>
            <Quantity value={compensating} unit="compensating" />
          </div>
        )}
      </dd>
    </div>
  )
}
