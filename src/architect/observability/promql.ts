import type { MetricName } from '../../design/metrics.ts'

/** Under which jobs Prometheus scrapes the processes of a system; one at least. */
export type Jobs = readonly string[]

/** A label and the text that it has, or the regular expression that all of it matches. */
export interface LabelMatch {
  readonly label: string
  readonly is?: string
  readonly matches?: string
}

/** The series of a metric; `suffix` names a part of a histogram. */
export function series(
  name: MetricName,
  jobs: Jobs,
  labels: readonly LabelMatch[] = [],
  suffix: '' | '_bucket' | '_sum' | '_count' = '',
): string {
  return `${name}${suffix}{${[jobMatch(jobs), ...labels].map(matchText).join(',')}}`
}

/** What Prometheus itself says of processes: 1 for each that answers, 0 for each that does not. */
export function targets(jobs: Jobs): string {
  return `up{${matchText(jobMatch(jobs))}}`
}

/** A text that means itself in a regular expression of Prometheus. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')
}

function jobMatch(jobs: Jobs): LabelMatch {
  return jobs.length === 1 ? { label: 'job', is: jobs[0]! } : { label: 'job', matches: jobs.map(literal).join('|') }
}

/** PromQL quotes texts as JSON does. */
function matchText({ label, is, matches }: LabelMatch): string {
  return is === undefined ? `${label}=~${JSON.stringify(matches)}` : `${label}=${JSON.stringify(is)}`
}
