import { compareText } from '../../base/row-value.ts'
import type {
  DeadLetter,
  ParkedAction,
  ParkedCopy,
  ParkedKey,
  ParkedPage,
  ParkedSummary,
  ParkedTable,
} from '../../ports/parked.ts'
import { editedHead, withoutHead } from '../../ports/parked-decision.ts'
import { nameOf, type MemoryData, type MemoryParked } from './data.ts'

/** Reads of what is parked, and what is done to heads that are not being replayed. */
export function memoryParked(data: MemoryData, now: () => number): ParkedTable {
  const of = (consumer: string | undefined): MemoryParked[] =>
    [...data.parked.values()].filter(({ head }) => consumer === undefined || head.consumer === consumer)
  const find = (consumer: string, key: string): MemoryParked | undefined => data.parked.get(nameOf(consumer, key))
  const note = (kind: ParkedAction['kind'], parked: MemoryParked, more: Partial<ParkedAction>): void =>
    void data.parkedActions.push(actionOn(data.parkedActions.length + 1, kind, parked, now(), more))
  return {
    list: async (page) => paged(of(page.consumer), page).map(shown),
    summaries: async (page) => paged(of(page.consumer), page).map(summaryOf),
    async counts(consumer) {
      const kinds = Map.groupBy(of(consumer), ({ head }) => nameOf(head.consumer, head.code, head.type ?? ''))
      return [...kinds.entries()]
        .sort(([a], [b]) => compareText(a, b))
        .map(([, parked]) => {
          const { consumer: name, code, type } = parked[0]!.head
          return { consumer: name, code, type, count: parked.length }
        })
    },
    async get(consumer, key) {
      const parked = find(consumer, key)
      return parked && letterOf(parked)
    },
    async forget(consumer) {
      for (const { head } of of(consumer)) data.parked.delete(nameOf(consumer, head.key))
    },
    async among(consumer, keys) {
      const marked = (name: string): boolean => data.parked.has(name) || data.incompleteKeys.has(name)
      return new Set(keys.filter((key) => marked(nameOf(consumer, key))))
    },
    async count(consumer) {
      return of(consumer).length
    },
    async waiting(consumer, key, limit) {
      return [...(find(consumer, key)?.waiting ?? [])]
        .sort(([a], [b]) => a - b)
        .slice(0, limit)
        .map(([position, raw]) => (raw === undefined ? { position } : { position, raw }))
    },
    async resume(consumer, keys, vainReplaysBelow) {
      const marked = new Set<string>()
      for (const key of keys) {
        const parked = find(consumer, key)
        if (parked === undefined || parked.head.vainReplays >= vainReplaysBelow) continue
        parked.head = { ...parked.head, resuming: true }
        marked.add(key)
      }
      return marked
    },
    async resuming(consumer, { bucket, limit }) {
      return of(consumer)
        .filter(({ head }) => head.resuming && (bucket === undefined || head.bucket === bucket))
        .map(({ head }) => head.key)
        .sort(compareText)
        .slice(0, limit)
    },
    async edit(consumer, key, position, raw, order) {
      const parked = find(consumer, key)
      if (parked === undefined || parked.head.resuming || parked.head.position !== position) return false
      note('edited', parked, { ...order, edited: raw })
      parked.waiting.set(position, raw)
      parked.head = editedHead(parked.head)
      return true
    },
    async discard(consumer, heads, order) {
      const done = new Set<string>()
      for (const { key, position } of heads) {
        const parked = find(consumer, key)
        if (parked === undefined || parked.head.resuming || parked.head.position !== position) continue
        note('discarded', parked, order)
        data.incompleteKeys.add(nameOf(consumer, key))
        parked.waiting.delete(position)
        const next = parked.waiting.size === 0 ? undefined : Math.min(...parked.waiting.keys())
        parked.head = withoutHead(parked.head, next, order.why)
        done.add(key)
      }
      return done
    },
    copies: async (page) => copiesIn(of(undefined), page),
    async erase({ messages = [], heads = [], actions = [] }) {
      for (const { consumer, key, position, raw } of messages) {
        const waiting = find(consumer, key)?.waiting
        if (waiting?.get(position) !== undefined) waiting.set(position, raw)
      }
      for (const { consumer, key, position } of heads) {
        const parked = find(consumer, key)
        if (parked?.head.position !== position) continue
        parked.head = { ...parked.head, message: '', stack: '', history: [], ends: [] }
      }
      for (const { seq, raw, edited } of actions) {
        const index = data.parkedActions.findIndex((action) => action.seq === seq)
        if (index < 0) continue
        const { raw: _raw, edited: _edited, ...rest } = data.parkedActions[index]!
        const texts = { ...(raw !== undefined && { raw }), ...(edited !== undefined && { edited }) }
        data.parkedActions[index] = { ...rest, message: '', ...texts }
      }
    },
    async actions({ consumer, key, kind, after = Infinity, limit }) {
      return data.parkedActions
        .filter((each) => consumer === undefined || each.consumer === consumer)
        .filter((each) => key === undefined || each.key === key)
        .filter((each) => (kind === undefined || each.kind === kind) && each.seq < after)
        .reverse()
        .slice(0, limit)
    },
  }
}

function copiesIn(
  parked: readonly MemoryParked[],
  { after, limit }: Parameters<ParkedTable['copies']>[0],
): readonly ParkedCopy[] {
  const all = parked.flatMap(({ head: { consumer, key }, waiting }) =>
    [...waiting].flatMap(([position, raw]) => (raw === undefined ? [] : [{ consumer, key, position, raw }])),
  )
  const inOrder = (a: Omit<ParkedCopy, 'raw'>, b: Omit<ParkedCopy, 'raw'>): number =>
    compare(a, b) || a.position - b.position
  return all
    .filter((copy) => after === undefined || inOrder(copy, after) > 0)
    .sort(inOrder)
    .slice(0, limit)
}

function paged(parked: readonly MemoryParked[], { code, type, after, limit }: ParkedPage): readonly MemoryParked[] {
  return parked
    .filter(({ head }) => (code === undefined || head.code === code) && (type === undefined || head.type === type))
    .filter(({ head }) => after === undefined || compare(head, after) > 0)
    .sort((a, b) => compare(a.head, b.head))
    .slice(0, limit)
}

function summaryOf({ head }: MemoryParked): ParkedSummary {
  const { consumer, key, position, vainReplays } = head
  return { consumer, key, position, vainReplays }
}

function shown({ head, waiting }: MemoryParked): ParkedKey {
  const { stack: _stack, handlers: _handlers, history: _history, ends: _ends, ...key } = head
  return { ...key, waiting: waiting.size }
}

function letterOf({ head, waiting }: MemoryParked): DeadLetter {
  const raw = waiting.get(head.position)
  return { ...head, waiting: waiting.size, ...(raw !== undefined && { raw }) }
}

function actionOn(
  seq: number,
  kind: ParkedAction['kind'],
  { head, waiting }: MemoryParked,
  atMs: number,
  more: Partial<ParkedAction>,
): ParkedAction {
  const { consumer, source, key, position, id, type, schemaVersion, correlationId, code, message } = head
  const raw = waiting.get(position)
  const facts = { id, type, schemaVersion, correlationId }
  const what = { seq, kind, consumer, source, key, position, ...facts, code, message, atMs }
  return { who: '', why: '', ...what, ...(raw !== undefined && { raw }), ...more }
}

function compare(
  a: { readonly consumer: string; readonly key: string },
  b: { readonly consumer: string; readonly key: string },
): number {
  return compareText(a.consumer, b.consumer) || compareText(a.key, b.key)
}
