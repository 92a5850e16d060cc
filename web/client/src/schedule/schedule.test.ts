import { describe, expect, it } from 'vitest'
import type { CaseRow } from '@/live/docs'
import { days, holds, local, when } from './schedule'

const NOW = Date.parse('2026-12-02T22:00:00Z') // six in the morning of the third
const row = (start: string, minutes = 60): CaseRow => ({ code: 'c', title: start, type: '邻里', kind: 'dispute', stage: 'mediating', region: '', parties: '', reported_at: '', photos: 0, appointment: { start, minutes } })

describe('appointments', () => {
  it('are told by the clocks of the county, whatever a phone is set to', () => {
    expect(when('2026-12-03T01:00:00Z', 'zh')).toBe('12月3日 周四 09:00')
    expect(when('2026-12-03T01:00:00Z', 'en')).toBe('3 Dec Thu 09:00')
    expect(local('2026-12-03T16:30:00Z')).toBe('2026-12-04T00:30')
  })
  it('are shown until they are over', () => {
    expect(holds({ start: '2026-12-02T21:00:00Z', minutes: 61 }, NOW)).toBe(true)
    expect(holds({ start: '2026-12-02T21:00:00Z', minutes: 60 }, NOW)).toBe(false)
    expect(holds(undefined, NOW)).toBe(false)
  })
  it('stand under their days for a week, the earliest first', () => {
    const rows = { late: row('2026-12-09T15:59:00Z'), next: row('2026-12-09T16:00:00Z'), two: row('2026-12-03T06:00:00Z'), one: row('2026-12-03T01:00:00Z'), past: row('2026-12-02T20:00:00Z') }
    expect(days(rows, NOW).map(([on, list]) => [on, list.map((one) => one.id)])).toEqual([
      ['2026-12-03', ['one', 'two']],
      ['2026-12-09', ['late']],
    ])
  })
})
