import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { withJson, withSystem } from '../options.ts'
import { printJson, say } from '../print.ts'

/** What a command was told about a diagram. */
export interface DiagramChoice {
  readonly system: string
  readonly out?: string
}

/** Adds what says of which system a diagram is, and where it goes. */
export function withDiagram(command: Command): Command {
  return withJson(withSystem(command)).option('--out <file>', 'the SVG file that is written (default: standard output)')
}

/** Writes an SVG to the file that was chosen, or prints it; with `--json` prints what it shows instead. */
export async function writeDiagram(run: Run, { out }: DiagramChoice, svg: string, shown: unknown): Promise<void> {
  if (out !== undefined) {
    writeFileSync(resolve(run.io.folder, out), svg)
    await say(run, `${out} written`)
  }
  if (run.json) return printJson(run.io, shown)
  if (out === undefined) await run.io.stdout.write(svg)
}
