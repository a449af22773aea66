import { jsonSchema } from '../../schema/json-schema.ts'
import type { ShapeNode } from '../../schema/node.ts'
import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { cursorOf, isPlace, isTwoTexts, limitOf, pageOf } from '../cursor.ts'
import { mostHeads, type FrozenSet } from '../frozen.ts'
import { isPersonal, maskShape, PersonalValues, unmaskShape } from '../masking.ts'
import { begun, done } from '../ordered.ts'
import { RequestRefused } from '../problem.ts'
import type { Names, Route } from '../router.ts'
import { masked, type Done, type Job, type Json, type Page } from '../wire.ts'
import type {
  DeadLetterAction,
  DeadLetterGroups,
  DeadLetterItem,
  DeadLetterStory,
  EditForm,
  FrozenLetters,
} from '../wire/dead-letters.ts'

/** Messages that failed for good: why, and what is done about them. */
export const deadLetterRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: 'dead-letters', answer: list },
  { method: 'GET', path: 'dead-letters/groups', answer: groups },
  { method: 'GET', path: 'dead-letters/actions', answer: actions },
  { method: 'GET', path: 'dead-letters/frozen', answer: freeze },
  { method: 'GET', path: 'dead-letters/of/:consumer/:key', answer: story },
  { method: 'POST', path: 'dead-letters/of/:consumer/:key/replay', answer: replay },
  { method: 'POST', path: 'dead-letters/of/:consumer/:key/discard', answer: discard },
  { method: 'POST', path: 'dead-letters/of/:consumer/:key/edit', answer: edit },
  { method: 'POST', path: 'dead-letters/replay', answer: replayMany },
  { method: 'POST', path: 'dead-letters/discard', answer: discardMany },
]

type ParkedPage = Parameters<Call['inspect']['deadLetters']['list']>[0]
type Report = Awaited<ReturnType<Call['inspect']['deadLetters']['list']>>[number]
type Told = NonNullable<Awaited<ReturnType<Call['inspect']['deadLetters']['get']>>>

async function list(call: Call): Promise<Page<DeadLetterItem>> {
  const limit = limitOf(call.query)
  const page = await call.inspect.deadLetters.list(chosenBy(call, limit + 1, cursorOf(call.query, isTwoTexts)))
  const shown = page.slice(0, limit)
  const last = page.length > limit ? shown.at(-1)! : undefined
  return pageOf(
    shown.map((letter) => itemOf(call, letter)),
    last && [last.consumer, last.key],
    measuredAt(call),
  )
}

async function groups(call: Call): Promise<DeadLetterGroups> {
  const counts = await call.inspect.deadLetters.counts()
  const sorted = [...counts].sort((a, b) => b.count - a.count)
  return {
    measuredAt: measuredAt(call),
    groups: sorted.map(({ consumer, code, type, count }) => ({ consumer, code, type, letters: count })),
  }
}

const frozenAtOnce = 5_000

async function freeze(call: Call): Promise<FrozenLetters> {
  const consumer = call.query.get('consumer')
  if (consumer === null) throw new RequestRefused('bad_request', 'Say of which consumer.')
  const heads = new Map<string, number>()
  for (let after: readonly [string, string] | undefined; ;) {
    const page = await call.inspect.deadLetters.places(chosenBy(call, frozenAtOnce, after))
    for (const { key, position } of page) heads.set(key, position)
    // What is too many is refused, and not read to its end before.
    if (page.length < frozenAtOnce || heads.size > mostHeads) break
    after = [consumer, page.at(-1)!.key]
  }
  const frozen = call.frozen.keep({ consumer, heads })
  return { measuredAt: measuredAt(call), frozen, consumer, letters: heads.size }
}

async function story(call: Call, { consumer, key }: Names): Promise<DeadLetterStory> {
  const told = await known(call, consumer!, key!)
  const { content, original, actions: acts, history, replayEnds, stack, knownVersions, schemaVersion, ...report } = told
  const mask = maskOf(call, told)
  const failure = ({ at, code, message }: Told['history'][number]) => ({ at, code, message: mask.text(message) })
  return {
    measuredAt: measuredAt(call),
    ...itemOf(call, report),
    message: mask.text(report.message),
    stack: mask.text(stack),
    history: history.map(failure),
    replayEnds: replayEnds.map(failure),
    schemaVersion,
    ...(knownVersions !== undefined && { knownVersions }),
    content: mask.content(content as Json),
    ...(original !== undefined && { original: mask.content(original as Json) }),
    actions: acts.map((action) => actionOf(call, action, mask)),
    ...editing(call, told),
  }
}

async function actions(call: Call): Promise<Page<DeadLetterAction>> {
  const { query, inspect } = call
  const limit = limitOf(query)
  const [consumer, key, kind, after] = [
    query.get('consumer'),
    query.get('key'),
    query.get('kind'),
    cursorOf(query, isPlace),
  ]
  const page = await inspect.deadLetters.actions({
    limit: limit + 1,
    ...(consumer !== null && { consumer }),
    ...(key !== null && { key }),
    ...((kind === 'edited' || kind === 'discarded') && { kind }),
    ...(after !== undefined && { after }),
  })
  const shown = page.slice(0, limit)
  const items = shown.map((action) => actionOf(call, action, maskOf(call, action)))
  return pageOf(items, page.length > limit ? shown.at(-1)!.seq : undefined, measuredAt(call))
}

function replay(call: Call, { consumer, key }: Names): Promise<Done> {
  const force = call.body['force'] === true
  return done(call, { what: 'replay dead letter', of: `${consumer!} ${key!}`, asked: { force } }, async () => {
    await call.operate.deadLetters.replay(consumer!, key!, { force })
    return 'It is replayed by the process that runs the consumer.'
  })
}

function discard(call: Call, { consumer, key }: Names): Promise<Done> {
  const { who, why } = call.order
  return done(call, { what: 'discard dead letter', of: `${consumer!} ${key!}` }, async () => {
    await call.operate.deadLetters.discard(consumer!, key!, { who, why })
    return 'It is gone for good, and what waited behind it goes on.'
  })
}

async function edit(call: Call, { consumer, key }: Names): Promise<Done> {
  const { who, why } = call.order
  const told = await known(call, consumer!, key!)
  const { data: given } = call.body
  if (given === undefined) throw new RequestRefused('bad_request', 'The body has no member data.')
  const node = shapeOf(call, told.type)
  const data = node === undefined || sees(call) ? given : unmaskShape(node, given, dataIn(told))
  const replays = call.body['replay'] === true
  const asked = { what: 'edit dead letter', of: `${consumer!} ${key!}`, ...(replays && { asked: { replay: true } }) }
  return done(call, asked, async () => {
    const { deadLetters } = call.operate
    await deadLetters.edit(consumer!, key!, data, { who, why })
    if (!replays) return 'It has other data now; replay it.'
    await deadLetters.replay(consumer!, key!)
    return 'It has other data now, and is replayed with them by the process that runs the consumer.'
  })
}

function replayMany(call: Call): Promise<Job> {
  const { consumer, heads } = chosen(call)
  const force = call.body['force'] === true
  return begun(
    call,
    { what: 'replay dead letters', of: consumer, asked: { letters: heads.size, force } },
    {
      unit: 'parked keys looked at',
      canCancel: true,
      async run({ at, signal }) {
        const { marked, inVain } = await call.operate.deadLetters.replayAll({
          consumer,
          only: heads,
          force,
          signal,
          onProgress: at,
        })
        const left = heads.size - marked - inVain
        return `${marked} of ${heads.size} are replayed; ${inVain} were left, replayed in vain too often; ${left} were gone or others by then.`
      },
    },
  )
}

function discardMany(call: Call): Promise<Job> {
  const { consumer, heads } = chosen(call)
  const { who, why } = call.order
  return begun(
    call,
    { what: 'discard dead letters', of: consumer, asked: { letters: heads.size } },
    {
      unit: 'parked keys looked at',
      canCancel: true,
      async run({ at, signal }) {
        const count = await call.operate.deadLetters.discardAll(
          { consumer, only: heads, signal, onProgress: at },
          { who, why },
        )
        return `${count} of ${heads.size} were discarded; ${heads.size - count} were gone or being replayed by then.`
      },
    },
  )
}

function chosen({ body, frozen }: Call): FrozenSet {
  const { frozen: id, consumer, letters } = body
  if (typeof id === 'string') return frozen.get(id)
  const list = Array.isArray(letters) ? (letters as readonly Json[]) : []
  const heads = new Map<string, number>()
  for (const each of list) {
    const { key, position } = (each ?? {}) as { readonly key?: Json; readonly position?: Json }
    if (typeof key === 'string' && typeof position === 'number') heads.set(key, position)
  }
  if (typeof consumer === 'string' && heads.size > 0 && heads.size === list.length) return { consumer, heads }
  throw new RequestRefused('bad_request', 'Say which: a frozen set, or a consumer and letters with key and position.')
}

function chosenBy({ query }: Call, limit: number, after: readonly [string, string] | undefined): ParkedPage {
  const [consumer, code, type] = [query.get('consumer'), query.get('code'), query.get('type')]
  return {
    limit,
    ...(consumer !== null && { consumer }),
    ...(code !== null && { code }),
    ...(type !== null && { type }),
    ...(after !== undefined && { after: { consumer: after[0], key: after[1] } }),
  }
}

async function known({ inspect }: Call, consumer: string, key: string): Promise<Told> {
  const told = await inspect.deadLetters.get(consumer, key)
  if (told !== undefined) return told
  throw new RequestRefused('not_found', 'This key is not parked; it may have been replayed or discarded.')
}

/** A list has no payload by which it could be told what of a text is personal: then none of the text is shown. */
function itemOf(call: Call, letter: Report): DeadLetterItem {
  const { behind, vainReplays: _, ...rest } = letter
  const {
    consumer,
    key,
    source,
    position,
    type,
    id,
    correlationId,
    state,
    code,
    attempts,
    replays,
    edits,
    parkedAt,
    failedAt,
  } = rest
  const message = sees(call) || !mayBePersonal(call, type) ? letter.message : masked
  const facts = { consumer, key, source, position, type, id, correlationId, state, code, message }
  return { ...facts, attempts, replays, edits, behindMessages: behind, parkedAt, failedAt }
}

interface Mask {
  content(json: Json): Json
  text(text: string): string
}

function maskOf(call: Call, told: { readonly type: string | null; readonly content?: unknown }): Mask {
  if (sees(call) || !mayBePersonal(call, told.type)) return { content: (json) => json, text: (text) => text }
  const node = shapeOf(call, told.type)
  // What cannot be told apart is not shown at all.
  if (node === undefined) return { content: () => masked, text: () => masked }
  const values = new PersonalValues()
  values.add(node, dataIn(told))
  return {
    content: (json) => values.mask(withData(json, maskShape(node, dataOf(json)))),
    text: (text) => values.maskText(text),
  }
}

function actionOf(_: Call, action: Told['actions'][number], mask: Mask): DeadLetterAction {
  const { seq, kind, consumer, key, position, type, code, message, who, why, at, content, edited } = action
  const facts = { no: seq, kind, consumer, key, position, type, code, message: mask.text(message), who, why, at }
  return {
    ...facts,
    ...(content !== undefined && { content: mask.content(content as Json) }),
    ...(edited !== undefined && { edited: mask.content(edited as Json) }),
  }
}

function editing(call: Call, told: Told): { readonly form: EditForm } | { readonly whyNotEditable: string } {
  if (told.source === 'log' || told.source === 'mail')
    return { whyNotEditable: 'It is an event, and events are never edited: mend the handler or add a schema version.' }
  const node = shapeOf(call, told.type)
  if (node === undefined) return { whyNotEditable: 'This system declares no data for its type.' }
  const data = dataIn(told)
  return { form: { schema: jsonSchema(node), data: sees(call) ? data : maskShape(node, data) } }
}

/** The shape of today's data of a message. */
function shapeOf({ graph }: Call, type: string | null): ShapeNode | undefined {
  if (type === null) return undefined
  return graph.events.get(type)?.definition.versions.at(-1)?.node ?? graph.commands.get(type)?.definition.node
}

/** Whether messages of a type may hold personal data; those of an unknown type may. */
export function mayBePersonal({ graph }: Pick<Call, 'graph'>, type: string | null): boolean {
  const event = type === null ? undefined : graph.events.get(type)?.definition
  if (event !== undefined) return event.versions.some(({ node }) => isPersonal(node))
  const command = type === null ? undefined : graph.commands.get(type)?.definition
  return command === undefined || isPersonal(command.node)
}

type Holder = { readonly [name: string]: Json }

/** The data of a message: of an event of the log its `data`, of a message of a channel its `value`, of mail its `body`. */
function dataIn({ content }: { readonly content?: unknown }): Json {
  return dataOf((content ?? null) as Json)
}

function dataOf(json: Json): Json {
  const holder = holderOf(json)
  return holder === undefined ? json : holder[memberOf(holder)!]!
}

function withData(json: Json, data: Json): Json {
  const holder = holderOf(json)
  return holder === undefined ? data : { ...holder, [memberOf(holder)!]: data }
}

function holderOf(json: Json): Holder | undefined {
  const isHolder = typeof json === 'object' && json !== null && !Array.isArray(json)
  return isHolder && memberOf(json as Holder) !== undefined ? (json as Holder) : undefined
}

function memberOf(holder: Holder): string | undefined {
  return ['data', 'value', 'body'].find((name) => Object.hasOwn(holder, name))
}

function sees({ viewer }: Call): boolean {
  return viewer.seesPersonalData === true
}
