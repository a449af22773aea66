import { useSignal, type ReadonlySignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ask, Refusal } from './server.ts'

/** What a page shows of the server: the last answer stays while the next one is fetched, and when one fails. */
export interface Resource<T> {
  readonly data: T | undefined
  /** Why the last fetch failed; the data are then older than they seem. */
  readonly refusal: Refusal | undefined
  /** When the data came, in ms. */
  readonly at: number | undefined
  readonly isLoading: boolean
}

/** A resource that can be fetched again at once. */
export interface Fetched<T> {
  readonly state: ReadonlySignal<Resource<T>>
  again(): void
}

const nothing: Resource<never> = { data: undefined, refusal: undefined, at: undefined, isLoading: true }

/**
 * Fetches a path when it changes, and every so often while the page is looked at; undefined fetches nothing. Answers of
 * an earlier path never replace those of a later one.
 */
export function useResource<T>(path: string | undefined, everyMs: number = 2_000): Fetched<T> {
  const state = useSignal<Resource<T>>(nothing)
  const turn = useSignal(0)
  const asked = turn.value
  useEffect(() => {
    if (path === undefined) return
    const gone = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const fetchOnce = async (): Promise<void> => {
      clearTimeout(timer)
      try {
        const data = await ask<T>(path, gone.signal)
        if (!gone.signal.aborted) state.value = { data, refusal: undefined, at: Date.now(), isLoading: false }
      } catch (error) {
        if (gone.signal.aborted) return
        const refusal = error instanceof Refusal ? error : new Refusal(0, 'page', String(error))
        state.value = { ...state.peek(), refusal, isLoading: false }
      }
      if (everyMs > 0 && !gone.signal.aborted && !document.hidden) timer = setTimeout(() => void fetchOnce(), everyMs)
    }
    const shown = (): void => {
      if (!document.hidden) void fetchOnce()
    }
    document.addEventListener('visibilitychange', shown)
    void fetchOnce()
    return () => {
      gone.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', shown)
    }
  }, [path, everyMs, asked])
  useEffect(() => {
    state.value = nothing
  }, [path])
  return { state, again: () => (turn.value += 1) }
}
