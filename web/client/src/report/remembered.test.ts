// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest'
import { lately, remember } from './remembered'

const entry = (name: string, at: string) => ({ case: name, as: `as-${name}`, code: `HY-${name}`, at })
const noon = Date.parse('2026-11-29T04:00:00Z')

describe('what was handed in last', () => {
  beforeEach(() => localStorage.clear())
  it('is the newest one, for a day', () => {
    expect(lately(noon)).toBe(null)
    remember(entry('a', '2026-11-29T03:00:00Z'))
    remember(entry('b', '2026-11-29T03:30:00Z'))
    expect(lately(noon)?.case).toBe('b')
    expect(lately(noon + 23 * 3_600_000)?.case).toBe('b')
    expect(lately(noon + 24 * 3_600_000)).toBe(null)
  })
  it('is none where what is kept is of no use', () => {
    for (const kept of ['not json', '[]', '[{"at":"never"}]']) {
      localStorage.setItem('heyi.reported', kept)
      expect(lately(noon)).toBe(null)
    }
  })
})
