import type { Command } from 'commander'
import { sagaDiagram } from '../../architect/diagrams/diagram.ts'
import { sagaRows } from '../../architect/diagrams/saga-rows.ts'
import { failure } from '../../base/errors.ts'
import { quoted } from '../../base/text.ts'
import type { Run } from '../io.ts'
import { systemOf } from '../system-of.ts'
import { withDiagram, writeDiagram, type DiagramChoice } from './write-diagram.ts'

/** `diagram saga`: the steps of a saga, how each is undone and what turns it back, as SVG. */
export function diagramSagaCommand(parent: Command, run: Run): void {
  const command = withDiagram(
    parent
      .command('saga')
      .description('Draws the steps of a saga as an SVG, with how they are undone, tried again and waited for.')
      .argument('<name>', 'the name of the saga'),
  )
  command.action(async (name: string, choice: DiagramChoice) => {
    const { graph } = await systemOf(choice.system, run.io)
    const saga = graph.sagas.get(name)?.definition
    if (saga === undefined) {
      const known = [...graph.sagas.keys()].join(', ') || 'none'
      throw failure('EW_CONFIG', `The system has no saga ${quoted(name)}; it has: ${known}.`)
    }
    const steps = sagaRows(saga).map(({ step, texts, ...ways }) => {
      return { step: step.name, kind: step.kind, phase: step.phase, what: texts[0], limits: texts[1], ...ways }
    })
    const { startedBy, deadlineMs, recordFailure } = saga
    const shown = {
      saga: name,
      startedBy: startedBy.type,
      deadlineMs,
      steps,
      recordsFailure: recordFailure !== undefined,
    }
    await writeDiagram(run, choice, sagaDiagram(saga), shown)
  })
}
