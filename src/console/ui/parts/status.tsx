import type { JSX } from 'preact'

/** How something stands, for the eye; each has a colour, a shape and a word. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet'

const shapes: Readonly<Record<Tone, string>> = { good: '●', busy: '◐', warn: '▲', bad: '■', quiet: '○' }

/** A word about how something stands. */
export function Status({ tone, children }: { readonly tone: Tone; readonly children: string }): JSX.Element {
  return (
    <span class={`status ${tone}`}>
      <i aria-hidden="true">{shapes[tone]}</i> {children}
    </span>
  )
}
