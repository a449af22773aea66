// `npm test [-- FILES…]`: runs the tests and ends with the servers that were not there and `N passed, N failed`.
import { notStartableLine } from './services/list.ts'
import { missingRequirements, notRunLine } from './servers.ts'
import { runTests } from './run-tests.ts'

const asked = process.argv.slice(2)
const missing = missingRequirements()
for (const sentence of missing) console.error(sentence)

const started = performance.now()
const longest = process.env['EVENTWRIGHT_TEST_SECONDS']
const run = await runTests(asked.length > 0 ? asked : ['test/**/*.test.ts'], {
  longestMs: longest === undefined ? undefined : Number(longest) * 1_000,
})
const { passed, skipped, failures, exitCode } = run
const failed = run.failed + (run.isLate ? Math.max(1, run.running.length) : 0) + missing.length
const seconds = Math.round((performance.now() - started) / 1000)

console.log()
for (const failure of failures) console.log(`failed: ${failure}`)
if (run.isLate) for (const file of run.running) console.log(`failed: ${file}: had not ended after ${longest} s`)
if (skipped > 0) console.log(`skipped: ${skipped}`)
if (passed + failed === 0) console.log('no test was executed')
console.log(notRunLine())
const notStartable = notStartableLine()
if (notStartable !== undefined) console.log(notStartable)
if (!process.env['EVENTWRIGHT_THOROUGH'])
  console.log('not run: planted faults and longer kill tests (EVENTWRIGHT_THOROUGH=1)')
console.log(`the tests took ${seconds} s`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = exitCode !== 0 ? exitCode : failed > 0 || passed === 0 ? 1 : 0
