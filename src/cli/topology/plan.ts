import type { Command } from 'commander'
import type { PlanConsent } from '../../architect/topology/plan.ts'
import type { Run } from '../io.ts'
import { printPlan } from './print-plan.ts'
import { compared, withConsent, type TopologyChoice } from './broker-choice.ts'

/** `topology plan`: what `topology apply` would do; it changes nothing. */
export function topologyPlanCommand(parent: Command, run: Run): void {
  const command = withConsent(
    parent.command('plan').description('Shows how a broker differs from the design, and what apply would do.'),
  )
  command.action(({ raisePartitions = false, delete: names = [], ...choice }: TopologyChoice & PlanConsent) =>
    compared(command, choice, { raisePartitions, delete: names }, run.io, (comparison) => printPlan(run, comparison)),
  )
}
