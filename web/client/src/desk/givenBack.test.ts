import { beforeEach, describe, expect, it, vi } from 'vitest'
import { noteGivenBack, takeGivenBack, whyGone } from './givenBack'

beforeEach(() => {
  const kept = new Map<string, string>()
  vi.stubGlobal('sessionStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) })
})

describe('a case that was given back', () => {
  it('is told once at the desk, and at its own page from then on', () => {
    expect(whyGone('wang', 'k1').code).toBe('no_case')
    noteGivenBack('wang', 'k1', '屋檐滴水')
    expect([takeGivenBack('wang'), takeGivenBack('wang')]).toEqual(['屋檐滴水', ''])
    expect(whyGone('wang', 'k1').code).toBe('given_back')
  })
  it('is told to be with the centre where that took it over', () => {
    expect(whyGone('wang', 'k1', 'taken_by_centre').code).toBe('taken_by_centre')
    expect(whyGone('wang', 'k1', 'order_lapsed').code).toBe('order_lapsed')
    expect(whyGone('wang', 'k1', 'not_permitted').code).toBe('no_case')
  })
  it('is nobody else’s, and no other case', () => {
    noteGivenBack('wang', 'k1', '屋檐滴水')
    expect([takeGivenBack('chen'), whyGone('chen', 'k1').code, whyGone('wang', 'k2').code]).toEqual(['', 'no_case', 'no_case'])
  })
})
