import { expect, it } from 'vitest'
import { ahead } from './calendar'

it('begins at today, and shows a day that was just set wherever it lies', () => {
  const days = ['2026-01-01', '2026-05-01', '2026-10-01'].map((day) => ({ day, working: false, name: '节', own: false }))
  const shown = (...given: [string, string?]): string[] => ahead(days, ...given).map((one) => one.day)
  expect(shown('2026-05-01')).toEqual(['2026-05-01', '2026-10-01'])
  expect(shown('2026-05-02', '2026-01-01')).toEqual(['2026-01-01', '2026-10-01'])
  expect(shown('2026-12-01')).toEqual([])
})
