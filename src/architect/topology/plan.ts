import { failure } from '../../base/errors.ts'
import type {
  TopologyAdapter,
  TopologyFieldChange,
  TopologyFields,
  TopologyItem,
  TopologyStep,
} from '../../ports/topology.ts'

/** What may be done that cannot be undone. */
export interface PlanConsent {
  /** More partitions where messages are already: keys move to others, and their order breaks at that moment. */
  readonly raisePartitions?: boolean
  /** Names of what is there and no declaration has. */
  readonly delete?: readonly string[]
}

/** A difference that stays, and why. */
export interface HeldChange extends TopologyFieldChange {
  readonly item: TopologyItem
  readonly why: string
}

/** The way from what a broker has to what a design declares. */
export interface TopologyPlan {
  readonly steps: readonly TopologyStep[]
  readonly held: readonly HeldChange[]
  /** What is there, or set, and declared by nobody; it is left alone. */
  readonly unknown: readonly TopologyItem[]
}

/**
 * Compares what is wanted with what is there. Nothing shrinks, nothing is deleted that was not named, and nothing that
 * moves keys happens without consent. Error: EW_CONFIG for a name to delete that is declared, or not there.
 */
export function planOf(
  wanted: readonly TopologyItem[],
  current: readonly TopologyItem[],
  whyFixed: TopologyAdapter['whyFixed'],
  { raisePartitions = false, delete: toDelete = [] }: PlanConsent = {},
): TopologyPlan {
  const there = new Map(current.map((item) => [keyOf(item), item]))
  const declared = new Set(wanted.map(keyOf))
  const unknown = current.filter((item) => !declared.has(keyOf(item)))
  assertUnknown(toDelete, unknown)
  const counts = new Map(
    current.flatMap(({ channel, fields: { partitions } }) =>
      channel === undefined || partitions === undefined ? [] : [[channel, Number(partitions)] as const],
    ),
  )
  const steps: TopologyStep[] = []
  const held: HeldChange[] = []
  for (const item of wanted) {
    const found = there.get(keyOf(item))
    if (found === undefined) {
      const { channel = '', partition = -1 } = item
      const isMore = partition >= (counts.get(channel) ?? Infinity)
      if (!isMore || raisePartitions) steps.push({ action: 'create', item })
      continue
    }
    const fields = differences(item.fields, found.fields)
    const reasons = fields.map((field) => whyHeld(item, field, whyFixed, raisePartitions))
    const changed = fields.filter((_, at) => reasons[at] === undefined)
    if (changed.length > 0) steps.push({ action: 'change', item, fields: changed })
    fields.forEach((field, at) => {
      const why = reasons[at]
      if (why !== undefined) held.push({ item, ...field, why })
    })
  }
  const isDeleted = ({ name }: TopologyItem): boolean => toDelete.includes(name)
  for (const item of unknown.filter(isDeleted)) steps.push({ action: 'delete', item })
  const besides = current.filter((item) => declared.has(keyOf(item)) && Object.keys(item.besides ?? {}).length > 0)
  return { steps, held, unknown: [...besides, ...unknown.filter((item) => !isDeleted(item))] }
}

/** What of a plan is drift: what is made only when it is needed may be missing until then. */
export function driftOf(plan: TopologyPlan): TopologyPlan {
  return { ...plan, steps: plan.steps.filter(({ action, item }) => action !== 'create' || item.later !== true) }
}

/** Whether a broker has everything as it is declared. */
export function isLevel({ steps, held }: TopologyPlan): boolean {
  return steps.length === 0 && held.length === 0
}

function keyOf({ kind, name }: TopologyItem): string {
  return `${kind} ${name}`
}

function differences(wanted: TopologyFields, found: TopologyFields): readonly TopologyFieldChange[] {
  const fields = new Set([...Object.keys(wanted), ...Object.keys(found)])
  return [...fields]
    .filter((field) => wanted[field] !== found[field])
    .map((field) => ({ field, from: found[field], to: wanted[field] }))
}

function whyHeld(
  { kind }: TopologyItem,
  { field, from, to }: TopologyFieldChange,
  whyFixed: TopologyAdapter['whyFixed'],
  raisePartitions: boolean,
): string | undefined {
  if (field !== 'partitions') return whyFixed(kind, field)
  if (Number(from) > Number(to)) return 'partitions are never taken away, since messages are in them'
  return raisePartitions ? undefined : 'needs --raise-partitions, since keys move to other partitions'
}

function assertUnknown(names: readonly string[], unknown: readonly TopologyItem[]): void {
  const known = new Set(unknown.map(({ name }) => name))
  for (const name of names) {
    if (known.has(name)) continue
    throw failure('EW_CONFIG', `${JSON.stringify(name)} cannot be deleted: it is declared, or it is not there.`)
  }
}
