import type { Io, Output } from './io.ts'

/** Text with colour where the reader can see it. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
}

/** Colours for a terminal, unless `NO_COLOR` is set or the terminal is dumb; plain text for everything else. */
export function paintFor(output: Output, env: Io['env']): Paint {
  const colourful = output.isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const painted =
    (on: number, off: number) =>
    (text: string): string =>
      colourful ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return { bold: painted(1, 22), dim: painted(2, 22), red: painted(31, 39), green: painted(32, 39) }
}
