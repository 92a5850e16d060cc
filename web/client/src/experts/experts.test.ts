import { describe, expect, it } from 'vitest'
import { dayStretches, mean, nothingSought, queryOf, stretches, toggled, weekLines } from './experts'

describe('the pool of experts', () => {
  it('tells hours as stretches, and days with the same hours together', () => {
    expect(stretches([10, 9, 14])).toEqual([
      [9, 11],
      [14, 15],
    ])
    expect(weekLines([[9, 10], [9, 10], [], [9], [9, 10], [], []])).toEqual([
      { days: [0, 1, 4], hours: [[9, 11]] },
      { days: [3], hours: [[9, 10]] },
    ])
    expect(dayStretches([0, 1, 2, 5])).toEqual([
      [0, 2],
      [5, 5],
    ])
    expect(weekLines([[], [], [], [], [], [], []])).toEqual([])
  })
  it('turns one hour of one day on and off again', () => {
    const empty: number[][] = [[], [], [], [], [], [], []]
    const on = toggled(toggled(empty, 2, 14), 2, 9)
    expect(on[2]).toEqual([9, 14])
    expect(toggled(toggled(on, 2, 14), 2, 9)).toEqual(empty)
  })
  it('asks for what is filtered by and nothing else, in the time of the county', () => {
    expect(queryOf(nothingSought(), 1)).toBe('page=1')
    const query = new URLSearchParams(queryOf({ ...nothingSought(), words: ' 刘 ', free: true, at: '2026-03-18T14:30' }, 2, 'c1'))
    expect(Object.fromEntries(query)).toEqual({ page: '2', words: '刘', free: '1', at: '2026-03-18T14:30:00+08:00', case: 'c1' })
  })
  it('shows a mean with one figure behind the point', () => expect(mean(420)).toBe('4.2'))
})
