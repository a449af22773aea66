import { timestampOf } from '../../base/clock.ts'
import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { RequestRefused } from '../problem.ts'
import type { Route } from '../router.ts'
import type { SearchAnswer, SearchHit } from '../wire/events.ts'

/** Finds what an id or a key stands for. */
export const searchRoutes: readonly Route<Call>[] = [{ method: 'GET', path: 'search', answer: search }]

const longest = 500

async function search(call: Call): Promise<SearchAnswer> {
  const q = call.query.get('q')?.trim() ?? ''
  if (q === '' || q.length > longest) throw new RequestRefused('bad_request', `Search for 1 to ${longest} characters.`)
  const found = await call.inspect.search(q)
  return { measuredAt: measuredAt(call), q, hits: found.map(hitOf) }
}

type Found = Awaited<ReturnType<Call['inspect']['search']>>[number]

function hitOf(found: Found): SearchHit {
  const { kind } = found
  switch (kind) {
    case 'event':
      return { kind, text: `${found.type}, ${found.stream}@${found.version}`, place: placeOf('events', found.id) }
    case 'correlation': {
      const { id, events, isCut, behind } = found
      const count = isCut ? `more than ${eventsText(events)}` : eventsText(events)
      const late = behind === 0 ? '' : `; the newest ${behind} events are not searched yet`
      return { kind, text: `${count}${late}`, place: placeOf('trace', id) }
    }
    case 'idempotency key': {
      const { key, service, from, atMs, outcome, event } = found
      const asked = from === 'step' ? `a step of a saga asked ${service}` : `a request to ${service}`
      const led = event === undefined ? '' : `: ${event.type}, ${event.stream}@${event.version}`
      return {
        kind,
        text: `${asked}, ${outcome} at ${timestampOf(atMs)}${led}; repeats of it were and are answered by this`,
        place: event === undefined ? { page: 'search', query: { q: key } } : placeOf('events', event.id),
      }
    }
    case 'stream':
      return { kind, text: `${found.stream}, ${eventsText(found.events)}`, place: placeOf('streams', found.stream) }
    case 'saga':
      return { kind, text: `${found.instance}, ${found.status}`, place: placeOf('sagas', found.instance) }
    case 'row':
      return { kind, text: `a row of ${found.view}`, place: placeOf('views', found.view, found.key) }
    case 'dead letter': {
      const { consumer, key, type, code } = found
      const text = `${type ?? 'a message'} of ${consumer}: ${code}`
      return { kind, text, place: placeOf('dead-letters', consumer, key) }
    }
  }
}

function placeOf(page: string, ...parts: readonly string[]): SearchHit['place'] {
  return { page, parts }
}

function eventsText(count: number): string {
  return count === 1 ? '1 event' : `${count} events`
}
