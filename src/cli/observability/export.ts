import { Option, type Command } from 'commander'
import { alertRules } from '../../architect/observability/alerts.ts'
import { dashboard } from '../../architect/observability/dashboard.ts'
import { yamlLines } from '../../architect/yaml.ts'
import type { Run } from '../io.ts'
import { nameList, withJson, withSystem } from '../options.ts'
import { printJson } from '../print.ts'
import { systemOf } from '../system-of.ts'

interface Options {
  readonly system: string
  readonly format: 'prometheus' | 'grafana'
  readonly job?: readonly string[]
  readonly runbookUrl: string
}

/** `observability export`: what watches over a system, as files for others to load; no store is asked. */
export function observabilityExportCommand(parent: Command, run: Run): void {
  const command = parent
    .command('export')
    .description('Writes alert rules of Prometheus, or a dashboard of Grafana, with the objectives of a design.')
    .addOption(
      new Option('--format <format>', 'what is written').choices(['prometheus', 'grafana']).makeOptionMandatory(),
    )
    .option('--job <names>', 'the jobs under which Prometheus scrapes the processes (default: the system)', nameList)
    .option('--runbook-url <url>', 'where the operations page is that alerts point to', 'docs/operations.md')
  withJson(withSystem(command)).action(async ({ system: file, format, job, runbookUrl }: Options) => {
    const { name: system, graph } = await systemOf(file, run.io)
    const jobs = job ?? [system]
    if (format === 'grafana') return printJson(run.io, dashboard(graph, { system, jobs }))
    const rules = alertRules(graph, { system, jobs, runbookUrl })
    if (run.json) return printJson(run.io, rules)
    await run.io.stdout.write(
      yamlLines(rules)
        .map((line) => `${line}\n`)
        .join(''),
    )
  })
}
