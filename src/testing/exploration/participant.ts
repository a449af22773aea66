import { expiredRefusal, undoneRefusal, type StepResult } from '../../runtime/sagas/input.ts'
import { isOnce, mannersOf, type Manner } from './manners.ts'
import { bookOf, withBook, type Asking, type Answer, type Ground, type World } from './world.ts'

/** What a request can come to: one world for each manner of its participant, or one where the books decide. */
export interface Reception {
  readonly what: string
  readonly world: World
}

/** A participant takes a request; `world` no longer has it on its way. */
export function receive(ground: Ground, world: World, asking: Asking): readonly Reception[] {
  const known = fromBooks(ground, world, asking)
  if (known !== undefined) return [known]
  const { step, action } = asking.address
  const name = `${action} ${step}`
  const manners = mannersOf(ground.saga, step, action)
  const chosen = manners.filter((manner) => (world.manners[name] ?? manner.name) === manner.name)
  return chosen.map((manner) => {
    const noted = {
      ...world,
      manners: { ...world.manners, [name]: manner.name },
      heard: { ...world.heard, [name]: Math.min(2, (world.heard[name] ?? 0) + 1) },
    }
    return { what: manner.name, world: behave(ground, noted, asking, manner) }
  })
}

/** What a participant says about a request that it has in its books already, or must refuse. */
function fromBooks(ground: Ground, world: World, asking: Asking): Reception | undefined {
  const { step, action } = asking.address
  const book = bookOf(world, step)
  const stored = action === 'undo' ? book.undoReply : book.reply
  if (stored !== undefined) {
    const manner = mannersOf(ground.saga, step, action).find(({ name }) => name === world.manners[`${action} ${step}`])
    const when = manner === undefined || manner.answers === 'again' ? 'now' : manner.answers
    return { what: 'says what it said before', world: answered(world, asking, stored, when) }
  }
  if (action === 'undo') return undefined
  const code = book.tombstone ? undoneRefusal : isExpired(world, asking) ? expiredRefusal : undefined
  if (code === undefined) return undefined
  const reply: StepResult = { status: 'refused', code }
  const refused = withBook(world, step, { ...book, reply })
  return { what: `refuses with ${code}`, world: answered(refused, asking, reply, 'now') }
}

function isExpired({ nowMs }: World, { deadlineAtMs, where }: Asking): boolean {
  return where === 'outside' && deadlineAtMs !== null && nowMs >= deadlineAtMs
}

function behave(ground: Ground, world: World, asking: Asking, manner: Manner): World {
  const { step, action } = asking.address
  const first = world.heard[`${action} ${step}`] === 1
  if (manner.hears === 'never' || (manner.hears === 'again' && first)) return world
  if (manner.hears === 'late' && !asking.held) {
    // One copy that comes late is enough: they are all the same.
    if (first) return { ...world, requests: [...world.requests, { ...asking, held: true }] }
    const { refusesAgain: code } = manner
    return code === undefined ? world : answered(world, asking, { status: 'refused', code }, 'now')
  }
  if (typeof manner.result === 'object') {
    const reply: StepResult = { status: 'refused', code: manner.result.refused }
    const book = bookOf(world, step)
    const kept = action === 'undo' ? { ...book, undoReply: reply } : { ...book, reply }
    return answered(manner.result.final ? withBook(world, step, kept) : world, asking, reply, 'now')
  }
  if (manner.result === 'failed' && !(isOnce(manner) && !first)) {
    return answered(world, asking, { status: 'failed', error: 'it failed' }, 'now')
  }
  if (asking.where === 'local') return answered(world, asking, doneResult(ground, asking), 'now')
  const when = manner.answers === 'again' && !first ? 'now' : manner.answers
  return answered(acted(ground, world, asking), asking, doneResult(ground, asking), when)
}

/** The effect, or the undoing of it, in the books of the participant together with its reply. */
export function acted(
  ground: Ground,
  world: World,
  { address: { step, action }, ...asking }: Pick<Asking, 'address' | 'where'>,
): World {
  const book = bookOf(world, step)
  const reply = doneResult(ground, { address: { step, action } })
  const local = asking.where === 'local'
  if (action === 'do') return withBook(world, step, { ...book, did: book.did + 1, ...(!local && { reply }) })
  const present = book.did > book.undid
  const tombstone = !present && ground.tombstones
  const undid = present ? book.undid + 1 : book.undid
  return withBook(world, step, { ...book, undid, tombstone, ...(!local && { undoReply: reply }) })
}

function doneResult(
  ground: Ground,
  { address }: { readonly address: Pick<Asking['address'], 'step' | 'action'> },
): StepResult {
  const output = address.action === 'do' ? ground.outputs[address.step] : undefined
  return { status: 'done', ...(output !== undefined && { output }) }
}

function answered(world: World, asking: Asking, result: StepResult, when: Manner['answers']): World {
  if (asking.orphan || when === 'never' || when === 'again') return world
  const { address, where } = asking
  const held = when === 'late'
  const answer: Answer = { step: address.step, address, result, held, volatile: where !== 'outside' }
  const twice = held && world.answers.some((other) => other.held && other.step === answer.step)
  return twice ? world : { ...world, answers: [...world.answers, answer] }
}
