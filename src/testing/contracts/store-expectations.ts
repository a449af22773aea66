import assert from 'node:assert/strict'
import type { Expected } from '../../ports/unit-of-work.ts'
import { append, commitOne, lost, unit, won, type StoreCase } from './store-case.ts'

const all: readonly Expected[] = ['any', 'noStream', 'streamExists', 0, 1, 2, 3, 4]
const winning: ReadonlyMap<number, readonly Expected[]> = new Map([
  [0, ['any', 'noStream', 0]],
  [1, ['any', 'streamExists', 1]],
  [3, ['any', 'streamExists', 3]],
])

/** Every expectation against streams of every kind, alone and behind another unit of the batch. */
export const expectationCases: readonly StoreCase[] = [
  {
    title: 'an append of nothing makes no stream, and does not say of which partition it will be',
    run: async ({ store }) => {
      const outcome = await commitOne(store, { appends: [append('A/1', 'any', 0), append('A/1', 'any', 1, 1)] })
      assert.equal(won(outcome).appends[1]!.version, 1)
      assert.equal(lost(await commitOne(store, unit('A/1')), 'conflict').current, -1)
      won(await commitOne(store, { appends: [append('A/1', 1, 1, 1)] }))
      won(await commitOne(store, { appends: [append('A/2', 'any', 0, 1), append('A/3', 'any')] }))
      won(await commitOne(store, unit('A/2', 'noStream')))
    },
  },
  ...ofEveryKind(),
]

function ofEveryKind(): readonly StoreCase[] {
  return [...winning].flatMap(
    ([version, wins]) =>
      [
        {
          title: `a stream with ${version} events wins exactly for: ${wins.join(', ')}`,
          run: async ({ store }) => {
            for (const [index, expected] of all.entries()) {
              const stream = `A/${index}`
              if (version > 0) won(await commitOne(store, unit(stream, 'any', version)))
              const head = await store.log.head(0)
              const outcome = await commitOne(store, unit(stream, expected, 2))
              if (wins.includes(expected))
                assert.deepEqual(won(outcome).appends, [{ version: version + 2, position: head + 2 }])
              else
                assert.deepEqual(lost(outcome, 'conflict'), { ok: false, reason: 'conflict', stream, current: version })
              assert.equal(await store.log.version(stream), wins.includes(expected) ? version + 2 : version)
            }
          },
        },
        {
          title: `the same holds in one batch behind units that made ${version} events`,
          run: async ({ store }) => {
            for (const [index, expected] of all.entries()) {
              const stream = `B/${index}`
              const before = Array.from({ length: version }, () => unit(stream))
              const outcomes = await store.commit([
                ...before,
                { appends: [append('C/1', 'any'), append(stream, expected)] },
              ])
              const last = outcomes.at(-1)
              if (wins.includes(expected)) won(last)
              else assert.equal(lost(last, 'conflict').current, version)
              assert.equal(await store.log.version(stream), wins.includes(expected) ? version + 1 : version)
            }
          },
        },
      ] satisfies StoreCase[],
  )
}
