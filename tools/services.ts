// `npm run services -- start|stop|status [NAME…]`: servers for the tests. `eval "$(npm run --silent services -- start)"`
// starts all of them and tells the tests where they are.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './root.ts'
import { services } from './services/list.ts'
import { MissingProgram } from './services/programs.ts'

/** The exit code that says that a program has to be installed first. */
const missing = 3

const usage = `npm run services -- start|stop|status [NAME…] [--json] [--folder DIR]`
const known = services.map(({ name }) => name).join(', ')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, folder: { type: 'string', default: join(root, '.services') } },
})
const [verb, ...names] = positionals
const unknown = names.filter((name) => !services.some((service) => service.name === name))
const chosen = services.filter(({ name }) => names.length === 0 || names.includes(name))
const say = (sentence: string): void => console.error(sentence)

try {
  if (unknown.length > 0) refuse(`This command knows no service ${unknown.join(', ')}; it starts ${known}.`)
  else if (verb === 'start') await start()
  else if (verb === 'stop') await stop()
  else if (verb === 'status') status()
  else refuse(`usage: ${usage}`)
} catch (error) {
  fail(error)
}

/** One that does not come up does not keep the others from it. */
async function start(): Promise<void> {
  for (const service of chosen) {
    try {
      const url = await service.start(values.folder, say)
      if (!values.json) console.log(`export ${service.variable}=${url}`)
    } catch (error) {
      fail(error)
    }
  }
  if (values.json) status()
}

async function stop(): Promise<void> {
  for (const { name, stop } of chosen) say(`${name} ${(await stop(values.folder)) ? 'has ended' : 'did not run'}`)
}

function status(): void {
  const found = chosen.map(({ name, variable, status }) => ({ name, variable, ...status(values.folder) }))
  if (values.json) return console.log(JSON.stringify(found.map((one) => ({ running: one.pid !== undefined, ...one }))))
  for (const { name, pid, url, home } of found)
    console.log(pid === undefined ? `${name} does not run` : `${name} runs, pid ${pid}, ${url}, in ${home}`)
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof MissingProgram ? missing : 1
}

function refuse(sentence: string): void {
  console.error(sentence)
  process.exitCode = 2
}
