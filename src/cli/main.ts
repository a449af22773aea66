import '../base/node-version.ts'
import { runCommandLine } from './command-line.ts'
import { processIo } from './process-io.ts'

const io = processIo()
const exitCode = await runCommandLine(process.argv.slice(2), io)
// A system's module may have left timers or sockets behind, which must not keep a finished command alive.
await Promise.all([io.stdout.write(''), io.stderr.write('')])
process.exit(exitCode)
