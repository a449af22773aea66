import type { Command } from 'commander'
import type { PlanConsent } from '../../architect/topology/plan.ts'
import type { Run } from '../io.ts'
import { say } from '../print.ts'
import { printPlan } from './print-plan.ts'
import { compared, withConsent, type TopologyChoice } from './broker-choice.ts'

/** `topology apply`: makes the broker as the design declares it. Exit code 1 where something is held back. */
export function topologyApplyCommand(parent: Command, run: Run): void {
  const command = withConsent(
    parent
      .command('apply')
      .description('Makes a broker as the design declares it; takes nothing away that was not named.'),
  )
  command.action(({ raisePartitions = false, delete: names = [], ...choice }: TopologyChoice & PlanConsent) =>
    compared(command, choice, { raisePartitions, delete: names }, run.io, async (comparison) => {
      const { plan, server, name } = comparison
      if (plan.held.length > 0) run.exitCode = 1
      // Whoever sees it break off wants to know at what.
      if (!run.json) await printPlan(run, comparison)
      await server.carryOut(plan.steps)
      if (run.json) await printPlan(run, comparison, { applied: true })
      if (plan.steps.length > 0) await say(run, `done in ${name}`)
    }),
  )
}
