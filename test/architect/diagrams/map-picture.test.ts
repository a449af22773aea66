import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mapPicture } from '../../../src/architect/diagrams/map-picture.ts'
import { anyMap } from './random-maps.fixture.ts'
import { overlapsOf, runAlong, stretchesOf } from './overlaps.fixture.ts'

test('whatever a system declares, nothing in its map lies on anything else, and every part is there once', () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      const picture = mapPicture(map)
      assert.deepEqual(overlapsOf(picture), [])
      assert.deepEqual(picture.boxes.map(({ id }) => id).toSorted(), map.parts.map(({ id }) => id).toSorted())
      assert.deepEqual(mapPicture(map), picture)
    }),
    { numRuns: 60 },
  )
})

test('every connection is drawn: what a channel brings goes to the channel and on from it', () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      const { lines } = mapPicture(map)
      const between = (from: string, to: string) =>
        lines.find(({ touches: [first, second] }) => first === from && second === to)?.touches
      for (const { from, to, over } of map.links) {
        if (over === undefined) assert.ok(between(from, to) !== undefined, `${from} ${to}`)
        else assert.ok(between(`channel:${over}`, to)?.includes(from), `${from} ${to} over ${over}`)
        const published = over === undefined ? undefined : between(from, `channel:${over}`)
        assert.ok(published?.includes(to) ?? true, `${from} on ${over} for ${to}`)
      }
    }),
    { numRuns: 40 },
  )
})

test('every line ends at the left edge of the part that it leads to', () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      const { lines, boxes } = mapPicture(map)
      for (const { id, head, touches } of lines) {
        const { x, y, height } = boxes.find((box) => box.id === touches[1])!
        const [, tipX, tipY] = /^M([-\d.]+) ([-\d.]+)/.exec(head)!.map(Number)
        assert.ok(tipX! >= x && tipX! <= x + 13 && tipY! > y && tipY! < y + height, id)
      }
    }),
    { numRuns: 60 },
  )
})

test('two lines that have no end in common cross, but never run along each other', () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      const { lines } = mapPicture(map)
      const ends = (at: number): readonly string[] => lines[at]!.touches.slice(0, 2)
      const stretches = lines.flatMap(({ path }, at) => stretchesOf(path).map((stretch) => ({ at, ...stretch })))
      for (const one of stretches)
        for (const other of stretches)
          if (one.at < other.at && !ends(one.at).some((end) => ends(other.at).includes(end)))
            assert.ok(!runAlong(one, other), `${lines[one.at]!.id} along ${lines[other.at]!.id}`)
    }),
    { numRuns: 60 },
  )
})
