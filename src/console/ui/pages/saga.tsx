import type { JSX } from 'preact'
import type { SagaMoment, SagaOrderName, SagaStepItem, SagaStory } from '../../wire/sagas.ts'
import { Action } from '../parts/action.tsx'
import { Fetched } from '../parts/fetched.tsx'
import { HealthStatus } from '../parts/health.tsx'
import { Json } from '../parts/json.tsx'
import { Age, Moment } from '../parts/moment.tsx'
import { SagaGraph } from '../parts/saga-graph.tsx'
import { Status, type Tone } from '../parts/status.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { useResource } from '../resource.ts'
import { href, route } from '../route.ts'

const orders: Readonly<Record<SagaOrderName, readonly [name: string, what: string, isGrave?: true]>> = {
  retry: ['Retry now', 'What it waits for is tried again at once, under the same key.'],
  resume: ['Resume', 'It goes on where it is stuck, with fresh attempts.'],
  'mark-undone': ['Mark undone', 'You have undone the step by other means; the saga takes it as undone.', true],
  skip: ['Skip', 'The step counts as done although it is not.', true],
  cancel: ['Cancel', 'Every step that was done is undone in reverse order.', true],
  terminate: ['Terminate', 'It ends as it is; nothing is undone.', true],
}

/** One instance: its steps, what was ordered of it, and its whole story. */
export function Saga(): JSX.Element {
  const [instance = ''] = route.value.parts
  const path = `sagas/${encodeURIComponent(instance)}`
  const { state, again } = useResource<SagaStory>(path)
  return (
    <>
      <h1>{instance}</h1>
      <Fetched of={state.value}>
        {(story) => (
          <>
            <section aria-label="About the instance">
              <Facts {...story} />
              <p class="buttons">
                {story.orders.map(({ order, refusal }) => (
                  <Order key={order} path={path} order={order} refusal={refusal} story={story} done={again} />
                ))}
              </p>
            </section>
            {story.steps.length > 0 && (
              <section aria-label="Steps">
                <h2>Steps</h2>
                <Steps steps={story.steps} />
              </section>
            )}
            <div class={story.picture === undefined ? '' : 'beside'}>
              {story.picture !== undefined && (
                <section aria-label="Graph">
                  <SagaGraph picture={story.picture} steps={story.steps} />
                </section>
              )}
              <Timeline moments={story.timeline} />
            </div>
            <div class="columns">
              <section aria-label="Input">
                <h2>Input</h2>
                <Json value={story.input} label="Input" />
              </section>
              <section aria-label="State">
                <h2>State</h2>
                <Json value={story.state} label="State" />
              </section>
            </div>
          </>
        )}
      </Fetched>
    </>
  )
}

function Facts({
  health,
  status,
  saga,
  service,
  definitionVersion,
  startedAt,
  deadlineAt,
  stuck,
  parked,
  correlationId,
}: SagaStory): JSX.Element {
  return (
    <dl class="facts">
      <dt>Status</dt>
      <dd>
        <HealthStatus health={health} word={status} />
        {stuck !== undefined && ` at ${stuck.step} (${stuck.action}): ${stuck.reason}`}
      </dd>
      {parked !== undefined && (
        <>
          <dt>Parked</dt>
          <dd>
            <a href={href('dead-letters', [parked.consumer, parked.key])}>
              {parked.code}: {parked.message}
            </a>
          </dd>
        </>
      )}
      <dt>Of</dt>
      <dd>
        {saga} version {definitionVersion}, {service}
      </dd>
      <dt>Began</dt>
      <dd>
        <Age at={startedAt} />
        {deadlineAt !== undefined && (
          <>
            , deadline <Age at={deadlineAt} />
          </>
        )}
      </dd>
      {correlationId !== undefined && (
        <>
          <dt>Correlation id</dt>
          <dd>
            <a href={href('trace', [correlationId])}>{correlationId}</a>
          </dd>
        </>
      )}
    </dl>
  )
}

interface OrderProps {
  readonly path: string
  readonly order: SagaOrderName
  readonly refusal: string | undefined
  readonly story: SagaStory
  done(): void
}

/** What would be refused is not offered; the reason stands where it is asked for. */
function Order({ path, order, refusal, story, done }: OrderProps): JSX.Element | null {
  if (refusal !== undefined) return null
  const [name, what, isGrave = false] = orders[order]
  const step = story.stuck?.step
  return (
    <Action
      name={name}
      what={`${story.instance}: ${what}`}
      path={`${path}/${order}`}
      body={step === undefined ? {} : { step }}
      isGrave={isGrave}
      done={done}
    />
  )
}

const tones: Readonly<Record<SagaStepItem['outcome'], Tone>> = {
  'not asked': 'quiet',
  open: 'busy',
  done: 'good',
  unknown: 'warn',
  failed: 'bad',
}

const steps: readonly Column<SagaStepItem>[] = [
  { heading: 'Step', cell: ({ step, phase }) => (phase === 'pivot' ? `${step} (pivot)` : step) },
  {
    heading: 'Outcome',
    cell: ({ outcome, code }) => (
      <Status tone={tones[outcome]}>{code === undefined ? outcome : `${outcome}: ${code}`}</Status>
    ),
  },
  { heading: 'Asks', cell: ({ kind, message }) => `${kind}${message === undefined ? '' : ` ${message}`}` },
  {
    heading: 'Now',
    cell: ({ request }) =>
      request === undefined ? (
        <span class="quiet">–</span>
      ) : (
        <>
          {request.action}, attempt {request.attempt}, {request.phase}{' '}
          {request.dueAt !== undefined && <Age at={request.dueAt} />}
        </>
      ),
  },
  {
    heading: 'Undo',
    cell: ({ undo, undoState, undoMessage }) => (undo === 'none' ? 'none' : `${undoMessage ?? undo}: ${undoState}`),
  },
]

function Steps({ steps: rows }: { readonly steps: readonly SagaStepItem[] }): JSX.Element {
  return <Table caption="Steps in their order" columns={steps} rows={rows} keyOf={({ step }) => step} empty="None." />
}

function Timeline({ moments }: { readonly moments: readonly SagaMoment[] }): JSX.Element {
  return (
    <section aria-label="Story">
      <h2>Story</h2>
      <ol class="versions">
        {moments.map(({ version, recordedAt, text, step, data }, index) => {
          const before = moments[index - 1]
          const afterMs = before === undefined ? undefined : Date.parse(recordedAt) - Date.parse(before.recordedAt)
          return (
            <li key={version}>
              <div class="head">
                <Moment at={recordedAt} />
                {afterMs !== undefined && <small>+{afterMs} ms</small>}
                <b>{text}</b>
                {step !== undefined && <small>{step}</small>}
              </div>
              <details>
                <summary>Data</summary>
                <Json value={data} label={`Data of ${text}`} />
              </details>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
