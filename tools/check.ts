// `npm run check [-- STEPS…]`: everything about the project that is not behaviour. One line per step, then yes or no.
import { notRunLine } from './servers.ts'
import { steps } from './check-steps.ts'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; the steps are ${steps.map((step) => step.name).join(', ')}`)
  process.exit(1)
}

let failed = 0
const chosen = steps.filter((step) => asked.length === 0 || asked.includes(step.name))
for (const step of chosen) {
  const started = performance.now()
  const { passed, detail } = await step.run()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${passed ? 'yes' : 'NO '} ${step.name.padEnd(10)} ${seconds.padStart(5)} s  ${step.what}`)
  if (!passed) {
    failed++
    console.log(detail.replaceAll(/^/gm, '    '))
  }
}
console.log(notRunLine())
if (failed > 0) process.exitCode = 1
const all = chosen.length
console.log(failed > 0 ? `check: NO, ${failed} of ${all} steps failed` : `check: yes, all ${all} steps`)
