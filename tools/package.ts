// `npm run package`: builds dist/package, from which `npm pack` and `npm publish` work.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'
import { stagePackage } from './stage-package.ts'

const folder = join(root, 'dist/package')
rmSync(folder, { recursive: true, force: true })
await stagePackage(folder)
console.log('built dist/package: `npm pack ./dist/package` makes the tarball')
