import ts from 'typescript'
import { placeOf, walk } from './project.ts'
import type { CodeFile, Project, Rule } from './project.ts'

const maxFunctionLines = 70

/** Rules that read the syntax tree, so that a word in a comment or a text breaks none. */
export const syntaxRules: readonly Rule[] = [
  {
    name: 'function length',
    why: `a function of more than ${maxFunctionLines} lines (functions inside it not counted) does two things`,
    find: (project) =>
      eachNode(project, (node) => {
        if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return undefined
        const lines = ownLines(node)
        return lines > maxFunctionLines ? `${lines} lines` : undefined
      }),
  },
  {
    name: 'time and chance',
    why: 'only base/clock.ts reads the clock and only base/ids.ts rolls dice, so that tests can stand in for both',
    find: (project) =>
      eachNode(inFolder(project, 'src/'), (node, { path }) => {
        // It runs in a browser, without base.
        if (path.startsWith('src/console/ui/')) return undefined
        if (path !== 'src/base/clock.ts' && (isMember(node, 'Date', 'now') || isBareDate(node)))
          return 'reads the clock'
        const chance = isMember(node, 'Math', 'random') || isName(node, 'randomUUID')
        return path !== 'src/base/ids.ts' && chance ? 'rolls dice' : undefined
      }),
  },
  {
    name: 'timers and loops',
    why: 'loops, retries and timers live in base and runtime; adapters only map (driver.ts may supervise a stream)',
    find: (project) =>
      eachNode(inFolder(project, 'src/'), (node, { path }) => {
        if (isName(node, 'setInterval') && !/^src\/(base|runtime|console\/ui)\//.test(path)) return 'setInterval'
        if (!path.startsWith('src/adapters/') || path.endsWith('/driver.ts')) return undefined
        if (isName(node, 'setTimeout') || isName(node, 'setImmediate')) return 'a timer in an adapter'
        return isEndless(node) ? 'an endless loop in an adapter' : undefined
      }),
  },
  {
    name: 'syntax that Node runs',
    why: 'Node strips types and no more: a decorator or `using` is a syntax error that the compiler does not report',
    find: (project) =>
      eachNode(project, (node) => {
        if (ts.isDecorator(node)) return 'a decorator'
        const using =
          ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) >= ts.NodeFlags.Using
        return using ? '`using`' : undefined
      }),
  },
  {
    name: 'exports',
    why: 'names are listed by hand and every one says what it is',
    find: (project) => inFolder(project, 'src/').files.flatMap(exportFaults),
  },
  {
    name: 'tests run',
    why: 'a test that is skipped or singled out says nothing',
    find: (project) =>
      eachNode(inFolder(project, 'test/'), (node) => {
        const [word] = ['skip', 'only', 'todo'].filter((name) => isOptionOrMember(node, name))
        return word === undefined ? undefined : `test.${word}`
      }),
  },
  {
    name: 'nothing is printed',
    why: 'a library says things through its log and its errors; only the command line prints',
    find: (project) =>
      eachNode(inFolder(project, 'src/'), (node, { path }) =>
        !path.startsWith('src/cli/') && ts.isPropertyAccessExpression(node) && isName(node.expression, 'console')
          ? `console.${node.name.text}`
          : undefined,
      ),
  },
  {
    name: 'punctuation',
    why: 'no semicolons at the end of a line, single quotes',
    find: (project) => eachNode(project, punctuationFault),
  },
]

function inFolder(project: Project, folder: string): Project {
  return { ...project, files: project.files.filter((file) => file.path.startsWith(folder)) }
}

function eachNode({ files }: Project, check: (node: ts.Node, file: CodeFile) => string | undefined): string[] {
  const found: string[] = []
  for (const file of files) {
    walk(file, (node) => {
      const fault = check(node, file)
      if (fault !== undefined) found.push(`${placeOf(file, node)} ${fault}`)
    })
  }
  return found
}

function ownLines(node: ts.Node): number {
  let inner = 0
  const visit = (child: ts.Node): void => {
    if (ts.isFunctionLike(child) && 'body' in child && child.body !== undefined) inner += lineCount(child) - 1
    else ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
  return lineCount(node) - inner
}

function lineCount(node: ts.Node): number {
  const file = node.getSourceFile()
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line
  return lineOf(node.getEnd()) - lineOf(node.getStart(file)) + 1
}

function isName(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name
}

function isMember(node: ts.Node, object: string, name: string): boolean {
  return ts.isPropertyAccessExpression(node) && isName(node.expression, object) && node.name.text === name
}

function isBareDate(node: ts.Node): boolean {
  return ts.isNewExpression(node) && isName(node.expression, 'Date') && (node.arguments ?? []).length === 0
}

function isEndless(node: ts.Node): boolean {
  if (ts.isForStatement(node)) return node.condition === undefined
  return ts.isWhileStatement(node) && node.expression.kind === ts.SyntaxKind.TrueKeyword
}

function isOptionOrMember(node: ts.Node, name: string): boolean {
  const owner = ts.isPropertyAccessExpression(node) && node.name.text === name ? node.expression : undefined
  if (owner !== undefined) return /^(test|it|describe|suite|t)$/.test(owner.getText())
  return (
    ts.isPropertyAssignment(node) &&
    node.name.getText() === name &&
    ts.isCallExpression(node.parent.parent) &&
    /^(test|it|describe|suite)$/.test(node.parent.parent.expression.getText())
  )
}

function exportFaults(file: CodeFile): string[] {
  const documented = new Set<string>()
  const exported: [name: string, place: string][] = []
  const faults: string[] = []
  for (const statement of file.syntax.statements) {
    if (ts.isExportAssignment(statement)) faults.push(`${placeOf(file, statement)} a default export`)
    if (ts.isExportDeclaration(statement) && statement.exportClause === undefined) {
      faults.push(`${placeOf(file, statement)} export *`)
    }
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
    if (!modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) continue
    if (modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)) {
      faults.push(`${placeOf(file, statement)} a default export`)
    }
    for (const name of namesOf(statement)) {
      exported.push([name, placeOf(file, statement)])
      if (ts.getJSDocCommentsAndTags(statement).some(ts.isJSDoc)) documented.add(name)
    }
  }
  const bare = exported.filter(([name]) => !documented.has(name))
  return [...faults, ...bare.map(([name, place]) => `${place} ${name} has no doc comment`)]
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((one) => one.name.getText())
  }
  const name = (statement as ts.Statement & { readonly name?: ts.Node }).name
  return name === undefined ? [] : [name.getText()]
}

function punctuationFault(node: ts.Node): string | undefined {
  const source = node.getSourceFile()
  const text = source.text
  const isDouble = ts.isStringLiteral(node) && !ts.isJsxAttribute(node.parent) && text[node.getStart(source)] === '"'
  if (isDouble && !node.text.includes("'")) return 'double quotes'
  const ends = ts.isStatement(node) || ts.isTypeElement(node) || ts.isClassElement(node)
  if (!ends || ts.isEmptyStatement(node) || text[node.getEnd() - 1] !== ';') return undefined
  return /^[ \t]*(\n|$|\/\/)/.test(text.slice(node.getEnd())) ? 'a semicolon' : undefined
}
