import { describe, expect, it } from 'vitest'
import { spelled } from './moments'

describe('a day in a field', () => {
  it('is read out in the language of the page', () => {
    expect(spelled('2026-11-29', 'zh')).toBe('2026年11月29日 星期日')
    expect(spelled('2026-11-29', 'en')).toBe('Sunday 29 November 2026')
    expect(spelled('2026-12-01T09:30', 'zh')).toBe('2026年12月1日 星期二 09:30')
    expect(spelled('2026-12-01T09:30:00', 'en')).toBe('Tuesday 1 December 2026 09:30')
    expect(spelled('2028-02-29', 'zh')).toBe('2028年2月29日 星期二')
  })
  it('is nothing while nothing is chosen, and for what is no day', () => {
    expect(['', '2026-13-01', '2026-11', 'today', '20261129', '09:30'].map((value) => spelled(value, 'zh'))).toEqual(Array(6).fill(''))
  })
})
