import { describe, expect, it } from 'vitest'
import { badgeKey } from './vocabulary'

describe('the badge of a case', () => {
  it('calls a livelihood matter that, whatever type of dispute it had before', () => {
    expect(badgeKey({ type: '物业', kind: 'matter' })).toBe('words.kinds.matter')
    expect(badgeKey({ type: '物业', kind: 'dispute' })).toBe('words.types.property')
    expect(badgeKey({ type: '民事' })).toBe('words.types.civil')
  })
})
