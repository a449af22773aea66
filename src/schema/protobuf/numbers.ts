import type { ShapeNode } from '../node.ts'
import { protobufPlan } from './plan.ts'
import { memberKey, publishedNumber, type ProtobufMember, type ProtobufNumbers } from './member.ts'

/** What the published numbers do not allow. */
export interface NumberProblem {
  /** `changed`: a published member declares another number. `taken`: the number is another member's. */
  readonly kind: 'changed' | 'taken'
  readonly scope: string
  /** The name of the field, the variant or the value. */
  readonly member: string
  readonly number: number
  /** The published number, or the member that has the number. */
  readonly other: string
}

/** Published numbers together with those of new members. */
export interface AssignedNumbers {
  readonly numbers: ProtobufNumbers
  readonly problems: readonly NumberProblem[]
}

/**
 * The numbers of a message of which all schema versions are given, the oldest first. Published numbers stay what they
 * are, also those of members that are gone; a declared number counts for a member without a published one, and with
 * `assign` the others get the next free ones. Numbers of other messages are left out.
 */
export function protobufNumbers(
  name: string,
  versions: readonly ShapeNode[],
  published: ProtobufNumbers,
  { assign }: { readonly assign: boolean },
): AssignedNumbers {
  const scopes = new Map<string, Map<string, number>>()
  for (const [scope, members] of Object.entries(published)) {
    if (isScopeOf(name, scope)) scopes.set(scope, new Map(Object.entries(members)))
  }
  const problems: NumberProblem[] = []
  const declared = versions.map((node) => protobufMembers(name, node))
  for (const members of declared) {
    for (const [scope, list] of members) {
      const known = scopes.get(scope) ?? new Map<string, number>()
      scopes.set(scope, known)
      for (const member of list) problems.push(...declare(scope, member, known))
    }
  }
  for (const members of assign ? declared : []) {
    for (const [scope, list] of members) {
      const known = scopes.get(scope)!
      for (const member of list) {
        if (publishedNumber(known, member) === undefined) known.set(memberKey(member), nextNumber(member, list, known))
      }
    }
  }
  for (const members of declared) {
    for (const [scope, list] of members) problems.push(...twins(scope, list, scopes.get(scope)!))
  }
  const filled = [...scopes].filter(([, members]) => members.size > 0).sort(([a], [b]) => (a < b ? -1 : 1))
  return { numbers: Object.fromEntries(filled.map(([scope, members]) => [scope, byNumber(members)])), problems }
}

/** Everything in a message that has a number, by scope, in the order of the declaration. */
export function protobufMembers(name: string, node: ShapeNode): ReadonlyMap<string, readonly ProtobufMember[]> {
  const members = new Map<string, ProtobufMember[]>()
  protobufPlan(name, node, (scope, member) => {
    const list = members.get(scope) ?? []
    if (!list.some((other) => memberKey(other) === memberKey(member))) list.push(member)
    members.set(scope, list)
    return 0
  })
  return members
}

/** Whether a scope belongs to the message. */
export function isScopeOf(name: string, scope: string): boolean {
  return scope === name || scope.startsWith(`${name}.`)
}

function declare(scope: string, member: ProtobufMember, known: Map<string, number>): readonly NumberProblem[] {
  const { name, explicit } = member
  if (explicit === undefined) return []
  const problem = { scope, member: name, number: explicit }
  const published = publishedNumber(known, member)
  if (published !== undefined) {
    return published === explicit ? [] : [{ ...problem, kind: 'changed', other: String(published) }]
  }
  const holder = [...known].find(([, number]) => number === explicit)?.[0]
  if (holder !== undefined && !formerKeys(member).includes(holder)) {
    return [{ ...problem, kind: 'taken', other: holder }]
  }
  known.set(memberKey(member), explicit)
  return []
}

/** Two members of one version with one number: two branches gave it to different fields, and both were merged. */
function twins(
  scope: string,
  list: readonly ProtobufMember[],
  known: ReadonlyMap<string, number>,
): readonly NumberProblem[] {
  const holders = new Map<number, string>()
  return list.flatMap((member): readonly NumberProblem[] => {
    const number = publishedNumber(known, member)
    if (number === undefined) return []
    const other = holders.get(number)
    holders.set(number, memberKey(member))
    return other === undefined ? [] : [{ kind: 'taken', scope, member: member.name, number, other }]
  })
}

/** A field that was renamed keeps its number. */
function nextNumber(
  member: ProtobufMember,
  declared: readonly ProtobufMember[],
  known: ReadonlyMap<string, number>,
): number {
  for (const key of formerKeys(member)) {
    const number = known.get(key)
    if (number !== undefined && !declared.some((other) => memberKey(other) === key)) return number
  }
  const next = Math.max(0, ...known.values()) + 1
  if (next >= firstReserved && next <= lastReserved) return lastReserved + 1
  if (next <= lastNumber) return next
  const taken = new Set(known.values())
  let free = 1
  while (taken.has(free) || (free >= firstReserved && free <= lastReserved)) free++
  return free
}

const firstReserved = 19_000
const lastReserved = 19_999
const lastNumber = 536_870_911

function formerKeys({ aliases, type }: ProtobufMember): readonly string[] {
  return aliases.map((name) => memberKey({ name, type }))
}

function byNumber(members: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...members].sort(([a, one], [b, two]) => one - two || (a < b ? -1 : 1)))
}
