import { promtoolProgram } from './services/promtool.ts'

// npm run promtool: the program of Prometheus that tests ask what it thinks of generated alert rules. It is fetched
// once; `eval "$(npm run --silent promtool)"` tells the tests where it is.

try {
  const path = await promtoolProgram((sentence) => process.stderr.write(`${sentence}\n`))
  process.stdout.write(`export EVENTWRIGHT_PROMTOOL=${path}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
