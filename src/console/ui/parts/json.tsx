import type { JSX } from 'preact'

/** A value as indented JSON. What is masked comes as text from the server and is shown as it is. */
export function Json({ value, label }: { readonly value: unknown; readonly label: string }): JSX.Element {
  return (
    <pre class="json" tabIndex={0} role="region" aria-label={`${label}, as JSON`}>
      {value === undefined ? '–' : JSON.stringify(value, null, 2)}
    </pre>
  )
}
