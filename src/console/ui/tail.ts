import { useSignal, type ReadonlySignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { EventItem, LiveMissed } from '../wire/events.ts'
import { streamAddress } from './server.ts'

/** The newest events, newest first. */
export interface Tail {
  readonly events: readonly EventItem[]
  /** Events that came faster than they can be shown, or while nobody listened. */
  readonly missed: number
  readonly state: 'connecting' | 'live' | 'broken off'
}

const most = 200
/** So often the page is drawn anew, however many events come. */
const drawMs = 250

/** Follows a live stream of events while `isOn`. */
export function useTail(path: string, isOn: boolean): ReadonlySignal<Tail> {
  const tail = useSignal<Tail>({ events: [], missed: 0, state: 'connecting' })
  useEffect(() => {
    tail.value = { events: [], missed: 0, state: 'connecting' }
  }, [path])
  useEffect(() => {
    if (!isOn) return
    let come: EventItem[] = []
    let missed = 0
    const source = new EventSource(streamAddress(path))
    const say = (state: Tail['state']): void => void (tail.value = { ...tail.value, state })
    source.onopen = () => say('live')
    source.onerror = () => say('broken off')
    source.addEventListener('event', ({ data }: MessageEvent<string>) => {
      come.push(JSON.parse(data) as EventItem)
      if (come.length > most) missed += come.splice(0, come.length - most).length
    })
    source.addEventListener('missed', ({ data }: MessageEvent<string>) => {
      missed += (JSON.parse(data) as LiveMissed).events ?? 0
    })
    source.addEventListener('end', () => {
      source.close()
      say('broken off')
    })
    const timer = setInterval(() => {
      if (come.length === 0 && missed === 0) return
      const events = [...come.toReversed(), ...tail.value.events].slice(0, most)
      tail.value = { ...tail.value, events, missed: tail.value.missed + missed }
      come = []
      missed = 0
    }, drawMs)
    return () => {
      clearInterval(timer)
      source.close()
    }
  }, [path, isOn])
  return tail
}
