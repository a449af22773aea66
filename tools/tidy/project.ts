import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** A file of code and what it holds. */
export interface CodeFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  readonly syntax: ts.SourceFile
}

/** What the rules of house style look at. */
export interface Project {
  /** The names that stand in the root folder. */
  readonly rootNames: readonly string[]
  readonly files: readonly CodeFile[]
  /** The `exports` of package.json as sub-path and source file. */
  readonly entries: readonly (readonly [subPath: string, source: string])[]
  /** The commands of package.json. */
  readonly scripts: Readonly<Record<string, string>>
  /** The names of the folders in src/adapters. */
  readonly adapters: readonly string[]
  has(path: string): boolean
}

/** One rule of house style; `find` names every place that breaks it, as `path:line what`. */
export interface Rule {
  readonly name: string
  readonly why: string
  find(project: Project): string[]
}

const folders = ['src', 'test', 'examples', 'bench', 'tools', 'scripts', 'bin']

/** Reads the code of the project in `root`. */
export function readProject(root: string): Project {
  const patterns = [...folders.map((folder) => `${folder}/**/*.{ts,tsx,mjs,cjs}`), '*.{cjs,mjs,ts}']
  const exclude = (name: string): boolean => /^(node_modules|dist)$/.test(name)
  const paths = globSync(patterns, { cwd: root, exclude: (name) => exclude(name.split(/[\\/]/).pop() ?? '') })
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  const adapters = join(root, 'src/adapters')
  return {
    rootNames: readdirSync(root),
    files: paths
      .map((path) => path.replaceAll('\\', '/'))
      .sort()
      .map((path) => readCode(root, path)),
    entries: Object.entries(manifest.exports ?? {}).flatMap(([subPath, entry]) =>
      typeof entry === 'string' ? [] : [[subPath, (entry['eventwright-source'] ?? '').replace(/^\.\//, '')] as const],
    ),
    scripts: manifest.scripts ?? {},
    adapters: existsSync(adapters) ? readdirSync(adapters) : [],
    has: (path) => existsSync(join(root, path)),
  }
}

/** The position of `node` as `path:line`. */
export function placeOf(file: CodeFile, node: ts.Node): string {
  return `${file.path}:${file.syntax.getLineAndCharacterOfPosition(node.getStart(file.syntax)).line + 1}`
}

/** Calls `visit` with every node of the file, outer ones first. */
export function walk(file: CodeFile, visit: (node: ts.Node) => void): void {
  const step = (node: ts.Node): void => {
    visit(node)
    ts.forEachChild(node, step)
  }
  step(file.syntax)
}

interface Manifest {
  readonly exports?: Record<string, string | Record<string, string>>
  readonly scripts?: Record<string, string>
}

function readCode(root: string, path: string): CodeFile {
  const text = readFileSync(join(root, path), 'utf8')
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.ES2024, true)
  return { path, text, lines: text.replace(/\n$/, '').split('\n'), syntax }
}
