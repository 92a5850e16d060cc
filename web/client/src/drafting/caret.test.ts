import { describe, expect, it } from 'vitest'
import type { Node } from 'prosemirror-model'
import { moved } from './caret'
import { newField, schema } from './schema'

const text = (...parts: (string | Node)[]): Node =>
  schema.node('doc', null, [schema.node('clause', { id: 'terms-1' }, [schema.node('paragraph', null, parts.map((part) => (typeof part === 'string' ? schema.text(part) : part)))])])

describe('a cursor', () => {
  it('goes with what stands behind a change', () => {
    const [old, now] = [text('甲尽快乙丙'), text('甲于', newField('date'), '前乙丙')]
    expect(moved(old, now, 2)).toBe(2)
    expect(moved(old, now, 7)).toBe(8)
    expect(moved(old, now, 5)).toBe(6)
    expect(moved(old, now, 4)).toBeNull()
  })

  it('is not counted twice where words repeat themselves', () => {
    const [old, now] = [text('啊啊'), text('啊啊啊')]
    expect(moved(old, now, 2)).toBe(2)
    for (const position of [2, 3, 4]) expect(moved(old, now, position) ?? 4).toBeGreaterThanOrEqual(position)
    expect(moved(old, old, 3)).toBe(3)
  })
})
