import type { Command } from 'commander'
import { designMap } from '../../architect/diagrams/design-map.ts'
import { mapDiagram } from '../../architect/diagrams/diagram.ts'
import type { Run } from '../io.ts'
import { systemOf } from '../system-of.ts'
import { withDiagram, writeDiagram, type DiagramChoice } from './write-diagram.ts'

/** `diagram map`: everything that a system declares and what goes between it, as SVG. No store or broker is asked. */
export function diagramMapCommand(parent: Command, run: Run): void {
  const command = withDiagram(parent.command('map').description('Draws everything that a system declares as an SVG.'))
  command.action(async (choice: DiagramChoice) => {
    const { name, graph } = await systemOf(choice.system, run.io)
    const map = designMap(name, graph)
    await writeDiagram(run, choice, mapDiagram(map), map)
  })
}
