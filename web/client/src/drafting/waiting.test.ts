import { beforeEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { given, giveBack, packed, wordsOf, type Own } from './waiting'

function edits(...steps: ((text: Y.Text) => void)[]): Own[] {
  const doc = new Y.Doc()
  const made: Own[] = []
  doc.on('update', (update: Uint8Array) => made.push({ update, base: made.length < 2 ? 4 : 5 }))
  for (const step of steps) step(doc.getText('t'))
  return made
}

describe('edits that wait', () => {
  beforeEach(() => given.clear())

  it('are told as the words they put in, by place, without what was taken out again', () => {
    const made = edits(
      (text) => text.insert(0, '赵某付'),
      (text) => text.insert(3, '款错'),
      (text) => text.delete(4, 1),
      (text) => text.insert(4, '。'),
      (text) => text.insert(0, '尽快'),
    )
    expect(wordsOf(made)).toBe('赵某付款。\n尽快')
    expect(wordsOf([])).toBe('')
  })

  it('go as one where they were made on one entry, within the size that the server takes', () => {
    const made = edits(
      (text) => text.insert(0, '一'),
      (text) => text.insert(1, '二'),
      (text) => text.insert(2, '三'),
      (text) => text.insert(3, 'x'.repeat(40_000)),
      (text) => text.insert(3, '四'),
    )
    const packs = packed(made)
    expect(packs.map(({ base }) => base)).toEqual([4, 5, 5, 5])
    const copy = new Y.Doc()
    for (const { update } of packs) Y.applyUpdate(copy, update)
    expect(copy.getText('t').toString()).toBe(`一二三四${'x'.repeat(40_000)}`)
  })

  it('are given back once each, per session', () => {
    giveBack('s1', edits((text) => text.insert(0, '一')))
    giveBack('s1', edits((text) => text.insert(0, '二')))
    giveBack('s2', [])
    expect([...given]).toEqual([['s1', '一\n二']])
  })
})
