import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { prometheusText, type Sample } from '../../../src/runtime/metrics/prometheus-text.ts'

const gauge = (...samples: readonly Sample[]) => ({ name: 'm', type: 'gauge' as const, help: 'Help.', samples })

/** The labels of a line, by the grammar of the text format. */
function labelsOf(line: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {}
  const inside = /^m\{(.*)\} 1$/s.exec(line)![1]!
  const pattern = /([a-z]+)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/gy
  let end = 0
  for (let match = pattern.exec(inside); match !== null; match = pattern.exec(inside)) {
    end = pattern.lastIndex
    labels[match[1]!] = match[2]!.replaceAll(/\\(.)/gs, (_, mark: string) => (mark === 'n' ? '\n' : mark))
  }
  assert.equal(end, inside.length, line)
  return labels
}

test('a metric is its help, its type and a line for each value', () => {
  const text = prometheusText([
    { ...gauge({ labels: {}, value: 1.5 }, { labels: { a: 'x', b: 'y' }, value: 0 }), help: 'One\\two\nthree.' },
    { name: 'none', type: 'counter', help: 'Nothing yet.', samples: [] },
    {
      name: 'h',
      type: 'histogram',
      help: 'H.',
      samples: [{ suffix: '_bucket', labels: { le: '+Inf' }, value: Infinity }],
    },
  ])
  assert.equal(
    text,
    [
      '# HELP m One\\\\two\\nthree.',
      '# TYPE m gauge',
      'm 1.5',
      'm{a="x",b="y"} 0',
      '# HELP none Nothing yet.',
      '# TYPE none counter',
      '# HELP h H.',
      '# TYPE h histogram',
      'h_bucket{le="+Inf"} +Inf',
      '',
    ].join('\n'),
  )
})

test('whatever stands in a label stays in it', () => {
  const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^["\\\n{},=# ]*$/))
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      const lines = prometheusText([gauge({ labels: { a, b }, value: 1 })]).split('\n')
      assert.equal(lines.length, 4)
      assert.deepEqual(labelsOf(lines[2]!), { a: a.toWellFormed(), b: b.toWellFormed() })
    }),
  )
})
