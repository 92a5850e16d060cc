import { describe, expect, it } from 'vitest'
import { unread } from './unread'

const said = (...seats: string[]) => Object.fromEntries(seats.map((seat, n) => [String(n + 1).padStart(6, '0'), { seat, text: '好', at: '2026-03-13T08:00:00Z' }]))

describe('unread', () => {
  it('counts what others said since the last look', () => {
    expect(unread(said('m', 's2', 'm'), '000001', 's1')).toBe(2)
  })
  it('counts neither own lines nor what they answer, as after a reload', () => {
    expect(unread(said('m', 's1', 's2'), '', 's1')).toBe(1)
    expect(unread(said('m', 's1'), '', 's1')).toBe(0)
  })
})
