import { planDocument, planLines } from '../../architect/topology/plan-lines.ts'
import type { Run } from '../io.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import type { Comparison } from './broker-choice.ts'

/** Prints a plan, as lines or as one JSON document. */
export async function printPlan(
  { io, json }: Run,
  { name, plan }: Pick<Comparison, 'name' | 'plan'>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  if (json) return printJson(io, { broker: name, ...planDocument(plan), ...more })
  await printLines(io, ...planLines(plan).map((line) => printable(line)))
}
