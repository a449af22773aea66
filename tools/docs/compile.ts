import { dirname, join } from 'node:path'
import ts from 'typescript'
import { compilerOptions } from '../compiler-options.ts'
import { root } from '../root.ts'
import type { Block } from './blocks.ts'

/** A file that is compiled without being on the disk, and the line of the page at which it starts. */
interface Virtual {
  readonly path: string
  readonly code: string
  readonly page: string
  readonly firstLine: number
}

/** Compiles the blocks against the public entries, as a user's program; answers `page:line message` for each error. */
export function compileBlocks(blocks: readonly Block[]): string[] {
  const files = new Map(virtualFiles(blocks).map((file) => [file.path, file]))
  const options: ts.CompilerOptions = { ...compilerOptions(), moduleDetection: ts.ModuleDetectionKind.Force }
  const host = ts.createCompilerHost(options, true)
  const { fileExists, readFile, getSourceFile } = host
  const folders = new Set([...files.keys()].map((path) => dirname(path)))
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.directoryExists = (path) => folders.has(path) || ts.sys.directoryExists(path)
  host.readFile = (path) => files.get(path)?.code ?? readFile(path)
  host.getSourceFile = (path, how, ...rest) => {
    const code = files.get(path)?.code
    return code === undefined ? getSourceFile(path, how, ...rest) : ts.createSourceFile(path, code, how, true)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return [...files.values()].flatMap((virtual) => {
    const source = program.getSourceFile(virtual.path)
    return ts.getPreEmitDiagnostics(program, source).map((diagnostic) => describe(diagnostic, virtual))
  })
}

function virtualFiles(blocks: readonly Block[]): Virtual[] {
  const files: Virtual[] = []
  for (const block of blocks.filter(({ unchecked }) => unchecked === undefined)) {
    // A name inside the project, so that 'eventwright' means this project's own exports.
    const folder = join(root, 'docs-blocks', block.page)
    const last = files.at(-1)
    if (block.continued && last?.page === block.page) {
      // The prose between the two blocks becomes empty lines, so that lines of errors stay true.
      const lines = last.code.split('\n').length
      const gap = '\n'.repeat(block.line + 2 - last.firstLine - lines)
      files[files.length - 1] = { ...last, code: last.code + gap + block.code }
    } else {
      const path = join(folder, block.file ?? `block-${block.line}.ts`)
      files.push({ path, code: block.code, page: block.page, firstLine: block.line + 1 })
    }
  }
  return files
}

function describe(diagnostic: ts.Diagnostic, { page, firstLine }: Virtual): string {
  const { file, start = 0 } = diagnostic
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line
  return `${page}:${firstLine + line} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n  ')}`
}
