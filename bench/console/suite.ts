import { join } from 'node:path'
import { onServer } from '../store/postgres/databases.ts'
import type { Bench, Suite } from '../suite.ts'
import { consoleRows, wordsOf, type Course } from './rows.ts'

const perLetter = 100

/** The console over a store with a million events and ten thousand dead letters, in SQLite and in PostgreSQL. */
export function consoleSuite(): Suite {
  return {
    name: 'console',
    what: 'the console over a million events and ten thousand dead letters',
    takesEvents: true,
    measures: [
      {
        id: 'sqlite-console',
        run: (bench) => {
          const store = join(bench.folder, 'depot.db')
          return consoleRows({ id: 'sqlite-console', place: 'SQLite', store, course: courseOf(bench) }, bench)
        },
      },
      {
        id: 'pg-console',
        run: (bench) =>
          onServer(wordsOf('pg-console', 'PostgreSQL'), async (databases) => {
            const store = await databases.create('console')
            return consoleRows({ id: 'pg-console', place: 'PostgreSQL', store, course: courseOf(bench) }, bench)
          }),
      },
    ],
  }
}

function courseOf({ quick, events = quick ? 50_000 : 1_000_000 }: Bench): Course {
  return { events, letters: events / perLetter, rounds: quick ? 20 : 100, watchMs: quick ? 10_000 : 60_000 }
}
