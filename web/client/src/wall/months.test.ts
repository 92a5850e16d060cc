import { describe, expect, it } from 'vitest'
import { monthsUntil } from './months'

describe('months of the county', () => {
  it('begin where its own days do, and go back over the year', () => {
    expect(monthsUntil('2026-02-28T16:30:00Z', 4)).toEqual(['2025-12', '2026-01', '2026-02', '2026-03'])
    expect(monthsUntil('2026-02-28T15:30:00Z', 12)).toEqual(['2025-03', '2025-04', '2025-05', '2025-06', '2025-07', '2025-08', '2025-09', '2025-10', '2025-11', '2025-12', '2026-01', '2026-02'])
  })
})
