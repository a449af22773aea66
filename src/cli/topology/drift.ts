import type { Command } from 'commander'
import { driftOf, isLevel } from '../../architect/topology/plan.ts'
import type { Run } from '../io.ts'
import { printPlan } from './print-plan.ts'
import { compared, withServer, type TopologyChoice } from './broker-choice.ts'

/** `topology drift`: exit code 1 where a broker is not as the design declares it. What nobody declares does not count. */
export function topologyDriftCommand(parent: Command, run: Run): void {
  const command = withServer(
    parent.command('drift').description('Ends with 1 when a broker is not as the design declares it, and says where.'),
  )
  command.action((choice: TopologyChoice) =>
    compared(command, choice, {}, run.io, async (comparison) => {
      const plan = driftOf(comparison.plan)
      if (!isLevel(plan)) run.exitCode = 1
      await printPlan(run, { ...comparison, plan }, { drift: !isLevel(plan) })
    }),
  )
}
