import type { JSX } from 'preact'

/** How much of something is done, from 0 to 1. */
export function Bar({ done, label }: { readonly done: number; readonly label: string }): JSX.Element {
  const percent = Math.floor(Math.min(1, Math.max(0, done)) * 1_000) / 10
  return (
    <span class="bar">
      <progress value={done} max={1} aria-label={label} /> <small>{percent} %</small>
    </span>
  )
}
