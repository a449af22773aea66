import type { TopologyFields, TopologyItem, TopologyStep, TopologyValue } from '../../ports/topology.ts'
import type { TopologyPlan } from './plan.ts'

/** A plan as data for scripts: one entry for each thing or field. */
export interface PlanDocument {
  readonly changes: readonly PlanEntry[]
  /** What stays different, and why. */
  readonly held: readonly PlanEntry[]
  readonly unknown: readonly PlanEntry[]
}

/** One entry of a plan; `from` and `to` are null where there is no value. */
export interface PlanEntry {
  readonly action?: TopologyStep['action']
  readonly kind: TopologyItem['kind']
  readonly name: string
  readonly field?: string
  readonly from?: TopologyValue | null
  readonly to?: TopologyValue | null
  readonly why?: string
  readonly fields?: TopologyFields
}

/** A plan as data. */
export function planDocument({ steps, held, unknown }: TopologyPlan): PlanDocument {
  return {
    changes: steps.flatMap((step): readonly PlanEntry[] => {
      const { action, item } = step
      const { kind, name } = item
      if (step.action === 'delete') return [{ action, kind, name }]
      if (step.action === 'create') return [{ action, kind, name, fields: item.fields }]
      return step.fields.map(({ field, from = null, to = null }) => ({ action, kind, name, field, from, to }))
    }),
    held: held.map(({ item: { kind, name }, field, from = null, to = null, why }) => {
      return { kind, name, field, from, to, why }
    }),
    unknown: unknown.map(({ kind, name, besides }) => ({ kind, name, ...(besides && { fields: besides }) })),
  }
}

/** A plan for people, a line for each difference: `+` made, `~` changed, `-` deleted, `!` held back, `?` left alone. */
export function planLines(plan: TopologyPlan): readonly string[] {
  const { changes, held, unknown } = planDocument(plan)
  const signs = { create: '+', change: '~', delete: '-' } as const
  return [
    ...changes.map((entry) => `${signs[entry.action!]} ${lineOf(entry)}`),
    ...held.map((entry) => `! ${lineOf(entry)}: ${entry.why}`),
    ...unknown.map((entry) =>
      entry.fields === undefined
        ? `? ${lineOf(entry)}: not declared, left alone`
        : `? ${entry.kind} ${entry.name}: nobody declares ${listed(entry.fields)}; left alone`,
    ),
    summary(plan),
  ]
}

function summary({ steps, held, unknown }: TopologyPlan): string {
  const count = (action: TopologyStep['action']): number => steps.filter((step) => step.action === action).length
  const counts = [
    [count('create'), 'to make'],
    [count('change'), 'to change'],
    [count('delete'), 'to delete'],
    [held.length, 'held back'],
    [unknown.length, 'not declared'],
  ] as const
  const told = counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`)
  return steps.length + held.length === 0 ? ['nothing to do', ...told].join(', ') : told.join(', ')
}

function lineOf({ kind, name, field, from, to, fields }: PlanEntry): string {
  if (field !== undefined) return `${kind} ${name}: ${field} ${from ?? 'unset'} -> ${to ?? 'unset'}`
  return fields === undefined || kind === 'binding' ? `${kind} ${name}` : `${kind} ${name} (${listed(fields)})`
}

function listed(fields: TopologyFields): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field} ${value}`)
    .join(', ')
}
