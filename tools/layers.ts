// `npm run layers`: are all imports inside the layers of layers.cjs?
import { cruise } from './cruise.ts'
import { root } from './root.ts'

const { modules, violations, unseen } = cruise(root)
for (const { rule, from, to, comment } of violations) console.error(`${rule}: ${from} -> ${to}\n  ${comment}`)
if (unseen.length > 0) {
  const hint = 'is a TypeScript older than 7 installed for dependency-cruiser?'
  console.error(`not analysed (${hint}): ${unseen.slice(0, 5).join(', ')}`)
}
console.log(`layers: ${modules} modules, ${violations.length} violations, ${unseen.length} not analysed`)
if (modules === 0 || violations.length + unseen.length > 0) process.exitCode = 1
