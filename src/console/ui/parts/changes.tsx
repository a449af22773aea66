import type { JSX } from 'preact'
import type { Json } from '../../wire.ts'
import type { Change } from '../../wire/events.ts'

/** What has changed of a value: each place with what was there before and what is there now. */
export function Changes({ changes }: { readonly changes: readonly Change[] }): JSX.Element {
  if (changes.length === 0) return <p class="quiet">The state stayed as it was.</p>
  return (
    <ul class="changes">
      {changes.map(({ path, before, after }) => (
        <li key={path}>
          <code>{path === '' ? 'all of it' : path}</code>{' '}
          {before !== undefined && (
            <del>
              <span class="unseen">was </span>
              {text(before)}
            </del>
          )}{' '}
          {after !== undefined && (
            <ins>
              <span class="unseen">is </span>
              {text(after)}
            </ins>
          )}
        </li>
      ))}
    </ul>
  )
}

const longest = 300

function text(value: Json): string {
  const json = JSON.stringify(value)
  return json.length > longest ? `${json.slice(0, longest)}…` : json
}
