/** One fenced block of TypeScript in a page of documentation. */
export interface Block {
  readonly page: string
  /** Line of the opening fence, from 1. */
  readonly line: number
  readonly code: string
  /** From `ts file=order.ts`: other blocks of the page may import it under this name. */
  readonly file?: string
  /** From `ts continued`: the block goes on where the one before it ended. */
  readonly continued: boolean
  /** From `ts no-check <reason>`: the reason, which may not be empty. */
  readonly unchecked?: string
}

/** Finds the TypeScript blocks of a page in Markdown. */
export function blocksOf(page: string, markdown: string): Block[] {
  const blocks: Block[] = []
  let open: { line: number; info: string; code: string[] } | undefined
  for (const [at, line] of markdown.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line)
    if (open === undefined) {
      if (fence !== null) open = { line: at + 1, info: (fence[1] ?? '').trim(), code: [] }
    } else if (fence !== null) {
      if (/^(ts|typescript)\b/.test(open.info)) blocks.push(blockOf(page, open.line, open.info, open.code.join('\n')))
      open = undefined
    } else open.code.push(line)
  }
  return blocks
}

function blockOf(page: string, line: number, info: string, code: string): Block {
  const file = /\bfile=([\w./-]+)/.exec(info)?.[1]
  const unchecked = /\bno-check\b(.*)$/.exec(info)?.[1]?.trim()
  return {
    page,
    line,
    code,
    continued: /\bcontinued\b/.test(info),
    ...(file !== undefined && { file }),
    ...(unchecked !== undefined && { unchecked }),
  }
}
