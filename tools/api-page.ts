import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { compilerOptions } from './compiler-options.ts'
import { root } from './root.ts'

/** A name that a program can import. */
export interface PublicName {
  readonly name: string
  readonly kind: 'class' | 'function' | 'value' | 'value and type' | 'type'
  /** The first sentence of its doc comment. */
  readonly about: string
}

/** One entry of the package and its names, sorted. */
export interface PublicEntry {
  readonly entry: string
  readonly rows: readonly PublicName[]
}

/** Reads the public names of every entry out of the sources. */
export function publicNames(): PublicEntry[] {
  const entries = entriesOfPackage()
  const program = ts.createProgram(
    entries.map(([, source]) => source),
    compilerOptions(),
  )
  const checker = program.getTypeChecker()
  return entries.map(([entry, source]) => {
    const file = program.getSourceFile(source)
    const module = file === undefined ? undefined : checker.getSymbolAtLocation(file)
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module)
    const rows = symbols.map((symbol) => publicName(symbol, checker))
    return { entry, rows: rows.sort((a, b) => (a.name < b.name ? -1 : 1)) }
  })
}

/** The page of public names. */
export function apiPage(): string {
  const sections = publicNames().map(({ entry, rows }) => {
    const lines = rows.map(({ name, kind, about }) => `| \`${name}\` | ${kind} | ${about.replaceAll('|', '\\|')} |`)
    return [`## ${entry}`, '', '| name | kind | what it is |', '|---|---|---|', ...lines, ''].join('\n')
  })
  return [
    '# Public names',
    '',
    'What a program can import, and nothing else is public. This page is made from the sources by `npm run derive`; a',
    'name that appears or disappears here is a change of the public interface.',
    '',
    ...sections,
  ].join('\n')
}

function entriesOfPackage(): (readonly [entry: string, source: string])[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | Record<string, string>>
  }
  return Object.entries(exports).flatMap(([subPath, targets]) => {
    const source = typeof targets === 'string' ? undefined : targets['eventwright-source']
    if (source === undefined || !existsSync(join(root, source))) return []
    return [[`eventwright${subPath.slice(1)}`, join(root, source)] as const]
  })
}

function publicName(symbol: ts.Symbol, checker: ts.TypeChecker): PublicName {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const comment = ts.displayPartsToString(target.getDocumentationComment(checker)).replaceAll(/\s+/g, ' ').trim()
  return { name: symbol.name, kind: kindOf(target), about: /^.*?[.](?=\s|$)/.exec(comment)?.[0] ?? comment }
}

function kindOf({ flags }: ts.Symbol): PublicName['kind'] {
  const isValue = (flags & ts.SymbolFlags.Value) !== 0
  if (flags & ts.SymbolFlags.Class) return 'class'
  if (flags & ts.SymbolFlags.Function) return 'function'
  if (isValue && flags & ts.SymbolFlags.Type) return 'value and type'
  return isValue ? 'value' : 'type'
}
