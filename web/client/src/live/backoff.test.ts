import { describe, expect, it } from 'vitest'
import { comesBack, FIRST_DELAY, LONGEST_DELAY, pause, wish } from './backoff'

describe('when to come back', () => {
  it('does so after a cut, a restart and an overload, and not after a refusal', () => {
    for (const code of [1001, 1006, 1012, 1013, 4408, 4429, 4503]) expect(comesBack(code)).toBe(true)
    for (const code of [1002, 1009, 4400, 4401, 4403, 4406, 4409, 4430]) expect(comesBack(code)).toBe(false)
  })

  it('reads what the server asks for, and believes no nonsense', () => {
    expect(wish('the server is restarting; after=3200')).toBe(3200)
    expect(wish('after=99999999')).toBe(0)
    expect(wish('after=9999999')).toBe(120_000)
    expect(wish('after=soon')).toBe(0)
    expect(wish('')).toBe(0)
  })

  it('comes when asked, not earlier', () => {
    for (const random of [0, 0.5, 0.999]) {
      const found = pause(1012, 'the server is restarting; after=3200', 0, random)
      expect(found).toBeGreaterThanOrEqual(3200)
      expect(found).toBeLessThan(3800)
    }
  })

  it('grows with every failure up to a limit, and is spread over its whole length', () => {
    let before = 0
    for (let attempts = 0; attempts < 30; attempts++) {
      const longest = pause(1006, '', attempts, 1)
      expect(longest).toBeGreaterThanOrEqual(before)
      expect(longest).toBeLessThanOrEqual(LONGEST_DELAY + FIRST_DELAY)
      expect(pause(1006, '', attempts, 0)).toBeLessThan(FIRST_DELAY)
      before = longest
    }
    expect(before).toBeGreaterThan(LONGEST_DELAY)
  })

  it('returns at once when it was only too slow to read', () => {
    expect(pause(4503, '', 20, 1)).toBeLessThanOrEqual(2 * FIRST_DELAY)
  })
})
