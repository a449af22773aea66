import { judge, median, type Bench, type Row, type Words } from '../suite.ts'
import { VariantProcess, type Measured } from '../variant.ts'
import { enter, indexed, pageNames, pagesOf, type Ask, type ConsolePage } from './pages.ts'

/** How large a store is, and how long it is looked at. */
export interface Course {
  readonly events: number
  readonly letters: number
  readonly rounds: number
  readonly watchMs: number
}

const limitMs = 300
const watching = 50
const fillParts = 20
/** A watch is measured in so many parts, behind one that warms up. */
const watchParts = 10
/** Resident size and heap may grow by so much from the first half of a row to its last, as in `large`. */
const growth = '<= 1.1'
const shortNote = 'in a quick run a process is still growing to its size'

/** What the rows of a store are, before anything was measured. */
export function wordsOf(id: string, place: string): readonly Words[] {
  const grown = {
    unit: 'MiB',
    peer: 'the same process in the first half of the row; ours: in the last',
    target: growth,
  }
  return [
    ...pageNames.map((page) => ({
      id: `${id}-page-${page}`,
      what: `all that the page asks for, on ${place}, p99`,
      unit: 'ms',
      peer: `the limit of ${limitMs} ms`,
      target: '<= 1',
    })),
    { ...grown, id: `${id}-pages-resident`, what: `highest resident size while pages are asked for, on ${place}` },
    { ...grown, id: `${id}-pages-heap`, what: `heap after a collection while pages are asked for, on ${place}` },
    {
      id: `${id}-watch`,
      what: `events that each of ${watching} pages was told at 1,000 events/s, the one with the fewest, on ${place}`,
      unit: 'events',
      peer: 'the events that were appended',
      target: '>= 1',
    },
    {
      id: `${id}-watch-lag`,
      what: `from the moment an event was recorded to each of ${watching} pages, on ${place}, p99`,
      unit: 'ms',
      peer: 'nobody',
      target: null,
    },
    { ...grown, id: `${id}-watch-resident`, what: `highest resident size while ${watching} pages watch, on ${place}` },
    { ...grown, id: `${id}-watch-heap`, what: `heap after a collection while ${watching} pages watch, on ${place}` },
  ]
}

/** Fills a store, opens the console over it in a process of its own, asks for every page, and lets fifty watch. */
export async function consoleRows(
  { id, place, store, course }: { id: string; place: string; store: string; course: Course },
  bench: Bench,
): Promise<readonly Row[]> {
  await fill(id, store, course, bench)
  const site = await opened(`${id}-site`, 'console/site.ts', { store }, bench)
  try {
    const { link } = (await site.measure(0)).details as { readonly link: string }
    const { ask, api, cookie } = await enter(link)
    const asked = await askForPages(id, site, ask, course, bench)
    const watched = await watch(id, site, { api, cookie }, course, bench)
    await site.close()
    const words = new Map(wordsOf(id, place).map((each) => [each.id, each]))
    return rowsOf(id, words, asked, watched).map((row) => (bench.quick && row.target === growth ? unjudged(row) : row))
  } finally {
    site.kill()
  }
}

function unjudged(row: Row): Row {
  return { ...row, verdict: 'not judged', note: shortNote }
}

function opened(
  name: string,
  file: string,
  options: Readonly<Record<string, number | string>>,
  { folder }: Bench,
): Promise<VariantProcess> {
  return VariantProcess.open({ file, options, flags: ['--expose-gc'] }, name, folder)
}

async function fill(id: string, store: string, { events, letters }: Course, bench: Bench): Promise<void> {
  bench.progress.begin(`${id}-fill`, fillParts + 1)
  const options = { store, events, letters, parts: fillParts }
  const filling = await opened(`${id}-fill`, 'console/fill.ts', options, bench)
  try {
    for (let part = 0; part < fillParts; part++) {
      const { value } = await filling.measure(0)
      bench.progress.step(`${Math.round(value)} events/s`)
    }
    await filling.close()
    bench.progress.step('caught up')
  } finally {
    filling.kill()
  }
}

interface Asked {
  readonly times: ReadonlyMap<string, readonly number[]>
  /** After each round. */
  readonly memory: readonly Measured[]
}

async function askForPages(id: string, site: VariantProcess, ask: Ask, course: Course, bench: Bench): Promise<Asked> {
  const { events, rounds } = course
  bench.progress.begin(`${id}-page`, rounds + 2)
  await indexed(ask, (left) => bench.progress.say(`${left} of ${events} events are not indexed yet`))
  const pages = await pagesOf(ask, events / 10)
  const times = new Map(pages.map(({ name }) => [name, [] as number[]]))
  const memory: Measured[] = []
  // Whoever opens a page for the first time waits for code that has never run: that is no matter of how many events.
  for (let round = -2; round < rounds; round++) {
    for (const page of pages) {
      const ms = await timed(page, ask)
      if (round >= 0) times.get(page.name)!.push(ms)
    }
    const measured = await site.measure(0)
    if (round >= 0) memory.push(measured)
    bench.progress.step()
  }
  return { times, memory }
}

/** What a page asks for it asks for at once. */
async function timed({ paths }: ConsolePage, ask: Ask): Promise<number> {
  const begun = performance.now()
  await Promise.all(paths.map(ask))
  return performance.now() - begun
}

interface Watched {
  readonly site: Measured
  readonly pages: Measured
}

async function watch(
  id: string,
  site: VariantProcess,
  session: { readonly api: string; readonly cookie: string },
  { watchMs }: Course,
  bench: Bench,
): Promise<readonly Watched[]> {
  bench.progress.begin(`${id}-watch`, watchParts + 1)
  const watchers = await opened(`${id}-watchers`, 'console/watchers.ts', { ...session, clients: watching }, bench)
  try {
    const watched: Watched[] = []
    for (let part = -1; part < watchParts; part++) {
      const [pages, served] = await Promise.all([watchers.measure(0), site.measure(watchMs / watchParts)])
      if (part >= 0) watched.push({ site: served, pages })
      bench.progress.step(`${pages.value} of ${served.value} events`)
    }
    await watchers.close()
    return watched
  } finally {
    watchers.kill()
  }
}

function rowsOf(
  id: string,
  words: ReadonlyMap<string, Words>,
  { times, memory }: Asked,
  watched: readonly Watched[],
): readonly Row[] {
  const serving = watched.map(({ site }) => site)
  const [told, appended] = [sum(watched.map(({ pages }) => pages.value)), sum(serving.map(({ value }) => value))]
  const lags = watched.map(({ pages }) => Number(pages.details!['p99Ms']))
  const most = (name: string): number => Math.max(...watched.map(({ pages }) => Number(pages.details![name])))
  const seconds = sum(serving.map(({ details }) => Number(details!['ms']))) / 1_000
  return [
    ...[...times].map(([name, ms]) => pageRow(words.get(`${id}-page-${name}`)!, ms)),
    ...growthRows(`${id}-pages`, words, memory),
    {
      ...compared(words.get(`${id}-watch`)!, told, appended),
      repetitions: watched.map(({ site, pages }) => {
        return { ours: pages.value, theirs: site.value, ratio: pages.value / site.value }
      }),
      details: { 'events/s': appended / seconds, 'told as missed': most('missed') },
    },
    {
      ...compared(words.get(`${id}-watch-lag`)!, median(lags), null),
      repetitions: lags.map((ours) => ({ ours, theirs: null, ratio: null })),
      details: {
        'p50 ms': median(watched.map(({ pages }) => Number(pages.details!['p50Ms']))),
        'highest ms': most('highestMs'),
      },
    },
    ...growthRows(`${id}-watch`, words, serving),
  ]
}

function pageRow(words: Words, ms: readonly number[]): Row {
  const sorted = ms.toSorted((one, other) => one - other)
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1]!
  return {
    ...compared(words, p99, limitMs),
    repetitions: ms.map((ours) => ({ ours, theirs: limitMs, ratio: ours / limitMs })),
    details: { 'p50 ms': median(ms), times: ms.length },
  }
}

/** The last half of a course beside its first half. */
function growthRows(id: string, words: ReadonlyMap<string, Words>, measured: readonly Measured[]): readonly Row[] {
  const half = Math.floor(measured.length / 2)
  return (
    [
      ['resident', 'highest resident MiB'],
      ['heap', 'heap after collection MiB'],
    ] as const
  ).map(([suffix, name]) => {
    const sizes = measured.map(({ details }) => Number(details![name]))
    return {
      ...compared(words.get(`${id}-${suffix}`)!, median(sizes.slice(-half)), median(sizes.slice(0, half))),
      repetitions: sizes.map((ours) => ({ ours, theirs: null, ratio: null })),
    }
  })
}

function compared(words: Words, ours: number, theirs: number | null): Omit<Row, 'repetitions'> {
  const ratio = theirs === null ? null : ours / theirs
  return { ...words, ours, theirs, ratio, verdict: judge(ratio, words.target) }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
