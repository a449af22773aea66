import type { JSX } from 'preact'
import { now, spanText, timeText } from '../clock.ts'

/** The clock of the page ticks once a second, and that of the database is another one. */
const aheadMs = 1_000

/** How long ago something was, with the exact time beside it for whoever asks. */
export function Age({ at }: { readonly at: string | number | undefined }): JSX.Element {
  if (at === undefined) return <span class="quiet">–</span>
  const ms = now.value - new Date(at).getTime()
  return (
    <time dateTime={new Date(at).toISOString()} title={timeText(at, true)}>
      {ms < -aheadMs ? `in ${spanText(-ms)}` : `${spanText(ms)} ago`}
    </time>
  )
}

/** A moment to the millisecond. */
export function Moment({ at }: { readonly at: string | number }): JSX.Element {
  return <time dateTime={new Date(at).toISOString()}>{timeText(at, true)}</time>
}

/** A span with its unit; a dash where it is not known. */
export function Span({ ms }: { readonly ms: number | undefined }): JSX.Element {
  return ms === undefined ? <span class="quiet">–</span> : <span>{spanText(ms)}</span>
}
