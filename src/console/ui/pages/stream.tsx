import { Fragment, type JSX } from 'preact'
import type { Page } from '../../wire.ts'
import type { StateItem, StreamStory } from '../../wire/events.ts'
import { Action } from '../parts/action.tsx'
import { Changes } from '../parts/changes.tsx'
import { eventColumns, EventLink } from '../parts/event-columns.tsx'
import { Fetched } from '../parts/fetched.tsx'
import { Json } from '../parts/json.tsx'
import { Age, Moment } from '../parts/moment.tsx'
import { PageList } from '../parts/page-list.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { pathOf } from '../place.ts'
import { useResource } from '../resource.ts'
import { filtered, go, href, route } from '../route.ts'
import { StreamStatus } from './streams.tsx'

/** One stream: its events, and the state of its aggregate after each of them. */
export function Stream(): JSX.Element {
  const [name = ''] = route.value.parts
  const path = `streams/${encodeURIComponent(name)}`
  const { state, again } = useResource<StreamStory>(path)
  return (
    <>
      <h1>{name}</h1>
      <Fetched of={state.value}>
        {(story) => (
          <>
            <section aria-label="About the stream">
              <Facts {...story} />
              <p class="buttons">
                {story.status === 'open' ? (
                  <Action
                    name="Archive"
                    what={`${name} will take no more events; everything in it stays. It can be opened again.`}
                    path={`${path}/archive`}
                    done={again}
                  />
                ) : (
                  story.status === 'archived' && (
                    <Action name="Open again" what={`${name} will take events.`} path={`${path}/reopen`} done={again} />
                  )
                )}
                {story.partition === 0 && (story.status !== 'deleted' || story.unfinished === true) && (
                  <Action
                    name={story.unfinished === true ? 'Delete the rest' : 'Delete'}
                    what={`${name} is closed for ever, and the data of its events, snapshots and parked copies are taken away. Nothing brings them back.`}
                    path={`${path}/delete`}
                    isGrave
                    confirm={name}
                    done={() => go(href('jobs'))}
                  />
                )}
              </p>
            </section>
            <Inside path={path} hasStates={story.aggregate !== undefined} />
          </>
        )}
      </Fetched>
    </>
  )
}

function Facts({ events, status, aggregate, first, last, actions }: StreamStory): JSX.Element {
  return (
    <dl class="facts">
      <dt>Status</dt>
      <dd>
        <StreamStatus status={status} />
      </dd>
      <dt>Aggregate</dt>
      <dd>
        {aggregate === undefined ? 'none that this system declares' : `${aggregate.name} of ${aggregate.service}`}
      </dd>
      <dt>Holds</dt>
      <dd>
        <Quantity value={events} unit="events" />
      </dd>
      <dt>First and last</dt>
      <dd>
        <Age at={first?.recordedAt} />, <Age at={last?.recordedAt} />
      </dd>
      {actions.map(({ no, what, who, why, at }) => (
        <Fragment key={no}>
          <dt>{what}</dt>
          <dd>
            by {who}, <Age at={at} />: {why}
          </dd>
        </Fragment>
      ))}
    </dl>
  )
}

function Inside({ path, hasStates }: { readonly path: string; readonly hasStates: boolean }): JSX.Element {
  const isEvents = !hasStates || route.value.query.get('show') === 'events'
  return (
    <section aria-label={isEvents ? 'Events' : 'State after each event'}>
      <div class="head">
        {hasStates && (
          <a href={filtered({ show: undefined, cursor: undefined })} aria-current={isEvents ? undefined : 'true'}>
            state after each event
          </a>
        )}
        <a href={filtered({ show: 'events', cursor: undefined })} aria-current={isEvents ? 'true' : undefined}>
          events
        </a>
      </div>
      {isEvents ? (
        <PageList
          caption="Events of the stream, the newest first"
          path={`${path}/events`}
          columns={eventColumns}
          keyOf={({ id }) => id}
          empty="It holds no events."
        />
      ) : (
        <States path={path} />
      )}
    </section>
  )
}

function States({ path }: { readonly path: string }): JSX.Element {
  const cursor = route.value.query.get('cursor')
  const { state } = useResource<Page<StateItem>>(pathOf(`${path}/states`, { cursor, limit: 20 }))
  return (
    <Fetched of={state.value}>
      {({ items, next }) => (
        <>
          <ol class="versions">
            {items.map((item) => (
              <Version key={item.event.id} {...item} />
            ))}
          </ol>
          {next !== undefined && <a href={filtered({ cursor: next })}>Earlier versions</a>}
        </>
      )}
    </Fetched>
  )
}

function Version({ event, state, changes, problem }: StateItem): JSX.Element {
  return (
    <li>
      <div class="head">
        <b>@{event.version}</b> <EventLink {...event} /> <Moment at={event.occurredAt} />
      </div>
      {problem === undefined ? <Changes changes={changes} /> : <p class="trouble">{problem}</p>}
      <details>
        <summary>The event, and the state after it</summary>
        <div class="columns">
          <Json value={event.data} label={`Data of ${event.type}`} />
          <Json value={state} label={`State after version ${event.version}`} />
        </div>
      </details>
    </li>
  )
}
