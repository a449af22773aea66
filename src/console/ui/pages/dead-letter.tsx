import type { JSX } from 'preact'
import type { DeadLetterStory, Failure } from '../../wire/dead-letters.ts'
import { Action } from '../parts/action.tsx'
import { DryRun } from '../parts/dry-run.tsx'
import { EditForm } from '../parts/edit-form.tsx'
import { Fetched } from '../parts/fetched.tsx'
import { Json } from '../parts/json.tsx'
import { Age, Moment } from '../parts/moment.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Status } from '../parts/status.tsx'
import { useResource } from '../resource.ts'
import { href, route } from '../route.ts'

/** Everything about one dead letter, and what can be done about it. */
export function DeadLetter(): JSX.Element {
  const [consumer = '', key = ''] = route.value.parts
  const path = `dead-letters/of/${encodeURIComponent(consumer)}/${encodeURIComponent(key)}`
  const { state, again } = useResource<DeadLetterStory>(path)
  return (
    <>
      <h1>
        {key} <small>of {consumer}</small>
      </h1>
      <Fetched of={state.value}>
        {(letter) => (
          <>
            <section aria-label="What went wrong">
              <p class="trouble">
                <b>{letter.code}</b>: {letter.message}
              </p>
              <Facts {...letter} />
              <p class="buttons">
                <Action
                  name="Replay"
                  what={`${letter.type ?? 'The message'} of ${key} is handled again, then what waits behind it, in order.`}
                  path={`${path}/replay`}
                  done={again}
                />
                <Action
                  name="Discard"
                  what={`${letter.type ?? 'The message'} of ${key} is never handled. It stays readable, and what waits behind it goes on.`}
                  path={`${path}/discard`}
                  isGrave
                  done={again}
                />
              </p>
              <DryRun path={`${path}/plan`} />
              {letter.form !== undefined && <EditForm form={letter.form} path={`${path}/edit`} done={again} />}
              {letter.whyNotEditable !== undefined && <p class="quiet">{letter.whyNotEditable}</p>}
            </section>
            <div class="columns">
              <section aria-label="The message">
                <h2>The message</h2>
                <Json value={letter.content} label="The message" />
              </section>
              {letter.original !== undefined && (
                <section aria-label="Before it was edited">
                  <h2>Before it was edited</h2>
                  <Json value={letter.original} label="Before it was edited" />
                </section>
              )}
            </div>
            <Failures title="How it failed" failures={letter.history} />
            {letter.replayEnds.length > 0 && <Failures title="How replays ended" failures={letter.replayEnds} />}
            {letter.stack !== '' && (
              <section aria-label="Stack">
                <h2>Stack</h2>
                <pre class="json" tabIndex={0} role="region" aria-label="Stack of the error">
                  {letter.stack}
                </pre>
              </section>
            )}
          </>
        )}
      </Fetched>
    </>
  )
}

function Facts(letter: DeadLetterStory): JSX.Element {
  const { state, attempts, replays, edits, behindMessages, parkedAt, position, source, id, correlationId, actions } =
    letter
  return (
    <dl class="facts">
      <dt>State</dt>
      <dd>
        <Status tone={state === 'parked' ? 'bad' : 'busy'}>{state}</Status>, <Age at={parkedAt} />, tried {attempts}{' '}
        times, replayed {replays} times, edited {edits} times
      </dd>
      <dt>Message</dt>
      <dd>
        {letter.type ?? 'unknown'} at {position.toLocaleString('en-GB')} of {source}
        {id !== null && (
          <>
            , <a href={href('search', [], { q: id })}>{id}</a>
          </>
        )}
      </dd>
      <dt>Waits behind it</dt>
      <dd>
        <Quantity value={behindMessages} unit="messages" />
      </dd>
      {correlationId !== null && (
        <>
          <dt>Correlation id</dt>
          <dd>
            <a href={href('trace', [correlationId])}>{correlationId}</a>
          </dd>
        </>
      )}
      {actions.length > 0 && (
        <>
          <dt>Done about it</dt>
          <dd>
            <ul>
              {actions.map(({ no, kind, who, why, at }) => (
                <li key={no}>
                  {kind} by {who}, <Age at={at} />: {why}
                </li>
              ))}
            </ul>
          </dd>
        </>
      )}
    </dl>
  )
}

function Failures({ title, failures }: { readonly title: string; readonly failures: readonly Failure[] }): JSX.Element {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ol>
        {failures.map(({ at, code, message }) => (
          <li key={`${at} ${code}`}>
            <Moment at={at} /> {code}: {message}
          </li>
        ))}
      </ol>
    </section>
  )
}
