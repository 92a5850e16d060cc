import { describe, expect, it } from 'vitest'
import { waitOf } from './drill'

describe('how long a step takes', () => {
  it.each([
    [0, 'minutes', 1],
    [59 * 60, 'minutes', 59],
    [7560, 'hours', 2.1],
    [41 * 3600, 'hours', 41],
    [48 * 3600, 'days', 2],
    [9.5 * 86_400, 'days', 9.5],
    [30 * 86_400, 'days', 30],
  ])('%d seconds are %s %d', (seconds, unit, n) => {
    expect(waitOf(seconds)).toEqual({ unit, n })
  })
})
