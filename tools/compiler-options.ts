import { join } from 'node:path'
import ts from 'typescript'
import { root } from './root.ts'

/** The options of tsconfig.check.json, for the programs that the tools build in memory. */
export function compilerOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.check.json')
  const { config } = ts.readConfigFile(path, ts.sys.readFile) as { config: object }
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root, undefined, path).options
}
