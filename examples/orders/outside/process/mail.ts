import type { DatabaseSync } from 'node:sqlite'
import { fine, PartyProblem, type Answer } from './answer.ts'
import { readFields, text } from './fields.ts'
import { GroupCommit } from './group-commit.ts'
import type { Route } from './serve.ts'

/** What the mail gateway remembers: each message once, and how often it was sent again. */
export const mailTables = `
create table if not exists messages (
  number integer primary key, key text not null unique, recipient text not null, subject text not null,
  text text not null, repeats integer not null default 0) strict`

/** What the mail gateway does. A key is accepted once: of a repeat only its coming is noted, whatever it says. */
export function mailRoutes(database: DatabaseSync): readonly Route[] {
  const commit = new GroupCommit(database)
  const send = database.prepare(
    `insert into messages (key, recipient, subject, text) values (?, ?, ?, ?)
     on conflict (key) do update set repeats = repeats + 1 returning repeats`,
  )
  const page = database.prepare(
    `select number, key, recipient as "to", subject, text, repeats from messages
     where number > ? and (? = '' or recipient = ?) order by number limit ${pageSize}`,
  )
  const counts = database.prepare('select count(*) as accepted, coalesce(sum(repeats), 0) as repeats from messages')
  return [
    {
      method: 'POST',
      path: '/messages',
      answer: ({ body }) => {
        const message = readFields(body, messageFields)
        return commit.run(() => {
          const row = send.get(message.key, message.to, message.subject, message.text)
          return fine({ isRepeat: Number(row?.['repeats']) > 0 })
        })
      },
    },
    { method: 'GET', path: '/messages', answer: ({ query }) => messages(query) },
    { method: 'GET', path: '/counts', answer: () => fine({ ...counts.get() }) },
  ]

  // In the order of their coming, those to `to` or all, a hundred after number `after`.
  function messages(query: URLSearchParams): Answer {
    const after = query.get('after') ?? '0'
    if (!/^\d{1,15}$/.test(after)) throw new PartyProblem(400, 'invalid', 'after must be a number.')
    const to = query.get('to') ?? ''
    return fine({ messages: page.all(Number(after), to, to) })
  }
}

const pageSize = 100
const messageFields = { key: text(500), to: text(250), subject: text(1_000), text: text(20_000) }
