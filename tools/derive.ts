// `npm run derive` writes the pages that are made from the sources; without --write it only says which are stale.
import { derivedPages, isStale, write } from './derived.ts'

const writing = process.argv.includes('--write')
for (const page of derivedPages.filter(isStale)) {
  if (writing) write(page)
  else process.exitCode = 1
  console.log(`${page.path} ${writing ? 'written' : 'is stale: npm run derive'}`)
}
