import { Fragment, type JSX } from 'preact'
import type { EventItem, EventStory } from '../../wire/events.ts'
import { Fetched } from '../parts/fetched.tsx'
import { Json } from '../parts/json.tsx'
import { Moment } from '../parts/moment.tsx'
import { useResource } from '../resource.ts'
import { href, route } from '../route.ts'

/** Everything about one event. */
export function EventPage(): JSX.Element {
  const [id = ''] = route.value.parts
  const { state } = useResource<EventStory>(`events/${encodeURIComponent(id)}`, 0)
  return (
    <Fetched of={state.value}>
      {({ event, stored, readers }) => (
        <>
          <h1>{event.type}</h1>
          <section aria-label="About the event">
            <Facts {...event} />
            {event.problem !== undefined && <p class="trouble">{event.problem}</p>}
          </section>
          <div class="columns">
            <section aria-label="Data">
              <h2>Data</h2>
              <Json value={event.data} label="Data of the event" />
            </section>
            {stored !== undefined && (
              <section aria-label="As it is stored">
                <h2>As it is stored, before upcasters</h2>
                <Json value={stored} label="Stored data of the event" />
              </section>
            )}
          </div>
          <section aria-label="Who reads it">
            <h2>Who reads it</h2>
            {readers.length === 0 ? (
              <p class="empty">No part of this system does.</p>
            ) : (
              <ul>
                {readers.map(({ kind, name }) => (
                  <li key={`${kind} ${name}`}>
                    {kind} {name}
                  </li>
                ))}
              </ul>
            )}
          </section>
        </>
      )}
    </Fetched>
  )
}

function Facts(event: EventItem): JSX.Element {
  const { id, schemaVersion, stream, version, position, occurredAt, recordedAt, correlationId, causationId } = event
  return (
    <dl class="facts">
      <dt>Id</dt>
      <dd>
        <code>{id}</code>
      </dd>
      <dt>Stream</dt>
      <dd>
        <a href={href('streams', [stream])}>{stream}</a> version {version}, schema version {schemaVersion}
      </dd>
      <dt>Position</dt>
      <dd>{position.toLocaleString('en-GB')}</dd>
      <dt>Occurred</dt>
      <dd>
        <Moment at={occurredAt} />
      </dd>
      <dt>Recorded</dt>
      <dd>
        <Moment at={recordedAt} />
      </dd>
      {correlationId !== undefined && (
        <>
          <dt>Correlation id</dt>
          <dd>
            <a href={href('trace', [correlationId])}>{correlationId}</a>
          </dd>
        </>
      )}
      {causationId !== undefined && (
        <>
          <dt>Caused by</dt>
          <dd>
            <a href={href('search', [], { q: causationId })}>{causationId}</a>
          </dd>
        </>
      )}
      {(['actor', 'tenant', 'traceparent'] as const).map((name) =>
        event[name] === undefined ? null : (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{event[name]}</dd>
          </Fragment>
        ),
      )}
    </dl>
  )
}
