/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** What the name ends in, for parts of a histogram: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string
}

/** Everything under one name. */
export interface Metric {
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  /** One sentence: what it counts, and of what unit. */
  readonly help: string
  readonly samples: readonly Sample[]
}

/** The content type of what `prometheusText` answers. */
export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Metrics in the text format of Prometheus; one without a sample says that there is none. */
export function prometheusText(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${escaped(help)}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ suffix = '', labels, value }) => `${name}${suffix}${labelText(labels)} ${numberText(value)}`),
  ])
  return lines.map((line) => `${line}\n`).join('')
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const all = Object.entries(labels)
  if (all.length === 0) return ''
  return `{${all.map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`).join(',')}}`
}

/** Half of a pair of surrogates cannot be sent as UTF-8. */
function escaped(text: string): string {
  return text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  return value === Infinity ? '+Inf' : String(value)
}
