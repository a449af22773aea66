import assert from 'node:assert/strict'

/** What a line of curl would ask, for `fetch`. Knows `-s`, `-H`, `-d`, single quotes and continued lines; no more. */
export function curlLine(line: string): readonly [url: string, init: RequestInit] {
  const [program, ...words] = shellWords(line)
  assert.equal(program, 'curl')
  const headers: [string, string][] = []
  const urls: string[] = []
  let body: string | undefined
  while (words.length > 0) {
    const word = words.shift() as string
    if (word === '-s') continue
    if (word === '-d') body = words.shift() as string
    else if (word === '-H') headers.push((words.shift() as string).split(': ') as [string, string])
    else if (word.startsWith('-')) assert.fail(`curl ${word} is not known here`)
    else urls.push(word)
  }
  assert.equal(urls.length, 1, line)
  return [urls[0] as string, { method: body === undefined ? 'GET' : 'POST', headers, ...(body && { body }) }]
}

function shellWords(line: string): string[] {
  const words: string[] = []
  const joined = line.replaceAll('\\\n', ' ')
  const pattern = /\s*(?:'([^']*)'|([^\s'"\\$`?*&|;<>()]+))(?=\s|$)/gy
  while (pattern.lastIndex < joined.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(joined)
    assert.ok(match, `a shell would read this otherwise: ${joined.slice(at)}`)
    words.push(match[1] ?? match[2] ?? '')
  }
  return words
}
