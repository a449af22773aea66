import type { ComponentChildren, JSX } from 'preact'
import { now, spanText } from '../clock.ts'
import type { Resource } from '../resource.ts'

interface Props<T> {
  readonly of: Resource<T>
  children(data: T): ComponentChildren
}

/** Shows what was fetched; says how old it is once fetching fails, and why. */
export function Fetched<T>({ of: { data, refusal, at, isLoading }, children }: Props<T>): JSX.Element {
  return (
    <>
      {refusal !== undefined && (
        <p class="trouble" role="alert">
          {refusal.message}
          {at !== undefined && ` What is shown is ${spanText(now.value - at)} old.`}
        </p>
      )}
      {data !== undefined ? children(data) : isLoading && <p class="quiet">…</p>}
    </>
  )
}
