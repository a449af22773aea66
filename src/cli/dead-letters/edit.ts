import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import { parseJson, type Json } from '../../base/json.ts'
import { quoted } from '../../base/text.ts'
import type { Io, Run } from '../io.ts'
import { withJson, withStore, withSystem } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { withOpenStore } from '../with-open-store.ts'
import { orderOf, ordersOver, withReason, type OrderOptions } from './orders.ts'

interface Options extends StoreChoice, OrderOptions {
  readonly system: string
  readonly data?: string
  readonly file?: string
}

/**
 * `dead-letters edit <consumer> <key>`: puts other data into the message, checked by the schema of today. Errors:
 * EW_PARKED, EW_REPLAYING, EW_VALIDATION, EW_NOT_EDITABLE.
 */
export function deadLettersEditCommand(parent: Command, run: Run): void {
  const command = parent
    .command('edit')
    .description('Puts other data into a dead letter that a channel has brought; replay it afterwards.')
    .argument('<consumer>', 'the consumer as `dead-letters list` shows it')
    .argument('<key>', 'the key')
    .option('--data <json>', 'the new data')
    .option('--file <file>', 'the file that holds the new data')
  withReason(withSystem(withJson(withStore(command)))).action(
    async (consumer: string, key: string, { system, data, file, ...options }: Options) => {
      if ((data === undefined) === (file === undefined))
        command.error('error: give the new data by either --data or --file', { code: 'eventwright.data' })
      const json = dataOf(run.io, data, file)
      const { graph } = await systemOf(system, run.io)
      await withOpenStore(command, options, run.io, async (store) => {
        await ordersOver(store, graph).edit(consumer, key, json, orderOf(run, options))
        if (run.json) return printJson(run.io, { consumer, key, edited: true })
        await printLines(run.io, printable(`${key}: edited; replay it now`))
      })
    },
  )
}

function dataOf({ folder }: Io, data: string | undefined, file: string | undefined): Json {
  return parseJson(data ?? textOf(folder, file!), 100)
}

function textOf(folder: string, file: string): string {
  try {
    return readFileSync(resolve(folder, file), 'utf8')
  } catch (cause) {
    throw failure('EW_CONFIG', `The file ${quoted(file, 300)} cannot be read.`, { cause })
  }
}
