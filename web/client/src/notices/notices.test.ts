import { describe, expect, it } from 'vitest'
import { merged, placeOf, type Notice } from './notices'

const row = (id: number, read = false): Notice => ({ id, kind: 'order_offered', case: 'k', number: 'HY-1', at: '2026-11-01T00:00:00Z', read })

describe('merged', () => {
  it('puts newer and older ones together, newest first, each once', () => {
    expect(merged([row(3), row(2)], [row(4), row(3)]).map((one) => one.id)).toEqual([4, 3, 2])
    expect(merged([row(3)], [row(2), row(1)]).map((one) => one.id)).toEqual([3, 2, 1])
  })
  it('keeps showing as new what was new when the list was opened', () => {
    expect(merged([row(3)], [row(3, true)])[0]!.read).toBe(false)
  })
})

describe('placeOf', () => {
  it('is the case, or the desk where the account has it no more', () => {
    expect(placeOf(row(1))).toBe('/case/k')
    expect(placeOf({ ...row(1), kind: 'escalation_taken' })).toBe('/desk')
  })
})
