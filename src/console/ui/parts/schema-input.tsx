import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { masked, type Json } from '../../wire.ts'
import { formOf, type JsonSchema } from './json-schema.ts'

/** A place for a value of a schema. */
export interface FieldProps {
  /** The path of the value, as the server names it where it is wrong: `items[0].sku`. */
  readonly name: string
  readonly label: string
  readonly schema: JsonSchema
  readonly root: JsonSchema
  readonly value: Json | undefined
  /** What is wrong, by path. */
  readonly issues: ReadonlyMap<string, string>
  /** Undefined leaves it out. */
  onChange(value: Json | undefined): void
}

interface Ends {
  readonly 'aria-describedby': string
  readonly 'aria-invalid'?: true
}

/** A label with its input, how that is to be written, and what is wrong with it. */
function Labelled({
  name,
  label,
  hint,
  issue,
  children,
}: Pick<FieldProps, 'name' | 'label'> & {
  readonly hint: string | undefined
  readonly issue: string | undefined
  children(ends: Ends & { readonly name: string }): ComponentChildren
}): JSX.Element {
  const id = useId()
  return (
    <div class="field">
      <label>
        {label}
        {children({ name, 'aria-describedby': id, ...(issue !== undefined && { 'aria-invalid': true }) })}
      </label>
      <span id={id}>
        {issue !== undefined && <span class="trouble">{issue}</span>} {hint !== undefined && <small>{hint}</small>}
      </span>
    </div>
  )
}

/** A text, which may be a decimal, a date or an id. */
export function Text({ value, onChange, ...props }: FieldProps & { readonly value: string }): JSX.Element {
  const hint = value === masked ? 'masked; left like this it stays as it is' : formOf(props.schema)
  return (
    <Labelled {...props} hint={hint} issue={props.issues.get(props.name)}>
      {(ends) => <input {...ends} value={value} onInput={({ currentTarget }) => onChange(currentTarget.value)} />}
    </Labelled>
  )
}

/** A number. What is none goes to the server as a text, which says so. */
export function Numeral({ value, onChange, ...props }: FieldProps): JSX.Element {
  // As it was typed, as long as it is the same number: `1.` on the way to `1.5`.
  const text = useSignal('')
  const shown = typeof value === 'number' && Number(text.value) !== value ? String(value) : text.value
  const changed = (next: string): void => {
    text.value = next
    onChange(next.trim() !== '' && Number.isFinite(Number(next)) ? Number(next) : next)
  }
  return (
    <Labelled {...props} hint={props.schema.description} issue={props.issues.get(props.name)}>
      {(ends) => (
        <input
          {...ends}
          inputMode="decimal"
          value={typeof value === 'string' ? value : shown}
          onInput={({ currentTarget }) => changed(currentTarget.value)}
        />
      )}
    </Labelled>
  )
}

/** One of some values. */
export function Choice({
  value,
  onChange,
  choices,
  ...props
}: FieldProps & { readonly choices: readonly Json[] }): JSX.Element {
  return (
    <Labelled {...props} hint={props.schema.description} issue={props.issues.get(props.name)}>
      {(ends) => (
        <select
          {...ends}
          value={JSON.stringify(value)}
          onChange={({ currentTarget }) => onChange(JSON.parse(currentTarget.value) as Json)}
        >
          {choices.map((choice) => (
            <option key={String(choice)} value={JSON.stringify(choice)}>
              {String(choice)}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  )
}

/** Any JSON. */
export function Raw({ value, onChange, ...props }: FieldProps): JSX.Element {
  const typed = useRef<{ readonly text: string; readonly value: Json | undefined } | undefined>(undefined)
  const problem = useSignal<string | undefined>(undefined)
  const text = typed.current?.value === value ? typed.current?.text : JSON.stringify(value, null, 2)
  const changed = (next: string): void => {
    typed.current = { text: next, value }
    try {
      const parsed = JSON.parse(next) as Json
      typed.current = { text: next, value: parsed }
      onChange(parsed)
      problem.value = undefined
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error)
    }
  }
  return (
    <Labelled {...props} hint="JSON" issue={problem.value ?? props.issues.get(props.name)}>
      {(ends) => (
        <textarea {...ends} value={text ?? ''} onInput={({ currentTarget }) => changed(currentTarget.value)} />
      )}
    </Labelled>
  )
}
