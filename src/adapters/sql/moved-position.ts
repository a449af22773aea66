import { noteEveryMs } from '../../ports/ownership.ts'

/**
 * What a commit changes in a row `m` of `ew_ownership`: its position, and what tells how fast that moves, by the rule
 * of `movedTo`. `to` and `now` are expressions of SQL. Times that are 0 stand for moves that were not noted.
 */
export function movedPosition(to: string, now: string): string {
  const isNoted = `m.position <> ${to} and m.mark_at + ${noteEveryMs} <= ${now}`
  const noted = (column: string, value: string): string =>
    `${column} = case when ${isNoted} then ${value} else m.${column} end`
  return [
    `position = ${to}`,
    `moved_at = case when m.position <> ${to} or m.position = 0 then ${now} else m.moved_at end`,
    noted('past_position', 'm.mark_position'),
    noted('past_since', 'm.mark_since'),
    noted('past_at', 'm.mark_at'),
    noted('mark_position', 'm.position'),
    noted('mark_since', 'm.moved_at'),
    noted('mark_at', now),
  ].join(', ')
}
