import type { JSX } from 'preact'
import { filtered, go, route } from '../route.ts'

/**
 * A filter: its name in the address, its label, and what can be chosen, with a word for it where it has another one;
 * free text where nothing is named. `any` is the word for no choice.
 */
export interface Filter {
  readonly name: string
  readonly label: string
  readonly choices?: readonly (string | readonly [value: string, word: string])[]
  readonly any?: string
}

/** Filters of the list below them. */
export function Filters({ filters }: { readonly filters: readonly Filter[] }): JSX.Element {
  const { query } = route.value
  const apply = (event: Event): void => {
    event.preventDefault()
    const form = (event.currentTarget as HTMLElement).closest('form')!
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]))
    go(filtered({ ...values, cursor: undefined }))
  }
  return (
    <form class="filters" onSubmit={apply}>
      {filters.map(({ name, label, choices, any = 'all' }) => (
        <label key={name}>
          {label}
          {choices === undefined ? (
            <input name={name} defaultValue={query.get(name) ?? ''} autocomplete="off" key={query.get(name)} />
          ) : (
            <select name={name} onChange={apply} value={query.get(name) ?? ''}>
              <option value="">{any}</option>
              {choices.map((choice) => {
                const [chosen, word] = typeof choice === 'string' ? [choice, choice] : choice
                return (
                  <option key={chosen} value={chosen}>
                    {word}
                  </option>
                )
              })}
            </select>
          )}
        </label>
      ))}
      <button type="submit">Show</button>
    </form>
  )
}
