import { beforeEach, describe, expect, it, vi } from 'vitest'
import { drop, fresh, keep, length, load } from './draft'

const kept = new Map<string, string>()
beforeEach(() => {
  kept.clear()
  vi.stubGlobal('localStorage', { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => kept.set(k, v), removeItem: (k: string) => kept.delete(k) })
})

describe('the draft of a statement', () => {
  it('comes back with its key, for its party alone', () => {
    const draft = { ...fresh(), text: '墙是我砌的', shared: true }
    keep('k', 'p2', draft)
    expect(load('k', 'p2')).toEqual(draft)
    expect(load('k', 'p1').text).toBe('')
    drop('k', 'p2')
    expect(load('k', 'p2').key).not.toBe(draft.key)
  })
  it('begins anew where what was kept is nothing', () => {
    for (const broken of ['{', '[]', '{"text":1}', 'null']) {
      kept.set('heyi.statement.k.p2', broken)
      expect(load('k', 'p2').text).toBe('')
    }
  })
  it('counts what people call a character', () => {
    expect(length(' 墙𠮷 ')).toBe(2)
  })
})
