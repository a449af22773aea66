import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Json } from '../../wire.ts'
import type { EditForm as Form } from '../../wire/dead-letters.ts'
import { Action } from './action.tsx'
import type { JsonSchema } from './json-schema.ts'
import { Field } from './schema-field.tsx'

interface Props {
  readonly form: Form
  readonly path: string
  done(): void
}

const none: ReadonlyMap<string, string> = new Map()

/** A form made of the schema of a message; what does not fit into fields is edited as JSON. */
export function EditForm({ form: { schema, data }, path, done }: Props): JSX.Element {
  const value = useSignal<Json>(data)
  const issues = useSignal(none)
  const form = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (issues.value.size > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [issues.value])
  return (
    <details>
      <summary>Edit its data and replay it</summary>
      <div class="edit" ref={form} role="group" aria-label="Data of the message">
        <Field
          name=""
          label="Data"
          schema={schema as JsonSchema}
          root={schema as JsonSchema}
          value={value.value}
          issues={issues.value}
          onChange={(next) => (value.value = next ?? null)}
        />
        {issues.value.size > 0 && (
          <div class="trouble" role="alert">
            <ul>
              {[...issues.value].map(([place, message]) => (
                <li key={place}>
                  {place === '' ? '' : `${place}: `}
                  {message}
                </li>
              ))}
            </ul>
          </div>
        )}
        <p class="buttons">
          <Action
            name="Replay edited"
            what="The message is handled with these data; what it was stays readable beside them."
            path={path}
            body={{ data: value.value, replay: true }}
            refused={({ issues: found }) => {
              issues.value = new Map(found.map(({ path: place, message }) => [place, message]))
              return found.length > 0
            }}
            done={() => {
              issues.value = none
              done()
            }}
          />
        </p>
      </div>
    </details>
  )
}
