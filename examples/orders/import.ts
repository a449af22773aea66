// `npm run import -- FILE.csv [--json] [--rejected]`: takes an invoice file over into the shop at EVENTWRIGHT_STORE.
import { parseArgs } from 'node:util'
import { silentLog } from 'eventwright'
import { importFile } from './importer/import-file.ts'
import { InvoiceFile } from './importer/read-invoices.ts'
import { ImportTerminal, summaryLine } from './importer/terminal.ts'
import { brokerFrom } from './broker-place.ts'
import { openShop } from './open.ts'
import { serviceNames } from './shop/system.ts'
import { storeFrom } from './store-place.ts'
import { viewsFrom } from './views-place.ts'
import { runCommand, stopSignal, WrongUse } from './command-line.ts'

const usage = 'usage: npm run import -- FILE.csv [--json] [--rejected]'

await runCommand(async () => {
  const { file: path, json, rejected } = readArguments()
  const stop = stopSignal()
  const file = await InvoiceFile.open(path)
  const terminal = new ImportTerminal(process.stderr, rejected)
  const places = [brokerFrom(process.env), viewsFrom(process.env)] as const
  const shop = await openShop(storeFrom(process.env), serviceNames, silentLog, ...places)
  try {
    const summary = await importFile(shop, file, terminal, stop)
    terminal.end()
    console.log(json ? JSON.stringify(summary) : summaryLine(summary))
  } catch (error) {
    terminal.end()
    if (!stop.aborted) throw error
    terminal.say('Stopped. Run it again: it goes on where it was.')
    process.exitCode = 130
  } finally {
    await shop.stop()
  }
}, usage)

function readArguments(): { file: string; json: boolean; rejected: boolean } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, rejected: { type: 'boolean', default: false } },
  })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new WrongUse('Name one CSV file.')
  return { file, ...values }
}
