import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { inspect } from '../../runtime/inspect.ts'
import type { VerifyFinding } from '../../runtime/log/verify.ts'
import { withJson, withStore } from '../options.ts'
import { printJson, printLines, printTable } from '../print.ts'
import { progressBar } from '../progress-bar.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

const mostFindings = 1_000

/** `store verify`: reads every event; exit code 1 when something is wrong, or when it was interrupted. */
export function storeVerifyCommand(parent: Command, run: Run): void {
  const command = parent.command('verify').description('Reads every event and checks that the store is whole.')
  withJson(withStore(command)).action((choice: StoreChoice) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const bar = progressBar(run, 'verify')
      const findings: VerifyFinding[] = []
      let [events, found] = [0, 0]
      for await (const step of inspect(store).verify()) {
        events += step.events
        found += step.findings.length
        findings.push(...step.findings.slice(0, mostFindings - findings.length))
        if (step.partition === 0 && step.of > 0) bar.show(step.position, step.of)
        if (run.io.stop.aborted) break
      }
      bar.end()
      const complete = !run.io.stop.aborted
      if (found > 0 || !complete) run.exitCode = 1
      if (run.json) return printJson(run.io, { complete, events, found, findings })
      if (found > 0) await printFindings(run, findings)
      await printLines(run.io, `${events} events read, ${found} findings${complete ? '' : ', interrupted'}`)
    }),
  )
}

function printFindings({ io }: Run, findings: readonly VerifyFinding[]): Promise<void> {
  return printTable(
    io,
    [
      { title: 'kind', text: ({ kind }) => kind },
      { title: 'partition', right: true, text: ({ partition }) => partition },
      { title: 'position', right: true, text: ({ position }) => position },
      { title: 'stream', text: ({ stream }) => stream },
      { title: 'what', text: ({ what }) => what },
    ],
    findings,
    '',
  )
}
