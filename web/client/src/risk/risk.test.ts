import { describe, expect, it } from 'vitest'
import zh from '@/i18n/zh'
import { inOrder, LEVELS, needsSomebody, REASONS, sendable, troubleKey, wayOf, type RiskMark } from './risk'

const mark = (state: RiskMark['state'], more: Partial<RiskMark> = {}): RiskMark => ({ level: 'red', version: 1, state, state_at: '2026-11-28T05:00:00Z', ...more })

describe('the way of a report', () => {
  it('has words for whatever becomes of it', () => {
    for (const state of ['unconnected', 'waiting', 'acknowledged', 'refused', 'dead'] as const) {
      expect(zh.risk.ways).toHaveProperty(wayOf(mark(state)).key)
      expect(zh.risk.ways).toHaveProperty(wayOf(mark(state, { trouble: 'away', again_at: '2026-11-28T05:01:00Z', receipt: 'FX' })).key)
    }
    for (const code of ['away', 'answered_500', 'answered_401', 'platform_no_such_region', 'clock_off']) expect(zh.risk.troubles).toHaveProperty(troubleKey(code))
    expect(Object.keys(zh.risk.levels)).toEqual([...LEVELS])
    expect(Object.keys(zh.risk.reasons)).toEqual([...REASONS])
  })
  it('is calm until something fails', () => {
    expect(wayOf(mark('waiting')).key).toBe('waiting')
    expect(wayOf(mark('waiting', { trouble: 'away', again_at: '2026-11-28T05:01:00Z' })).key).toBe('again')
    expect(wayOf(mark('acknowledged')).tone).toBe('ok')
    expect([mark('refused'), mark('dead'), mark('unconnected'), mark('waiting')].map(needsSomebody)).toEqual([true, true, false, false])
    expect(needsSomebody({ ...mark('waiting'), late: true })).toBe(true)
    expect([mark('refused'), mark('dead'), mark('unconnected'), mark('waiting')].map(sendable)).toEqual([true, true, true, false])
  })
})

describe('the list', () => {
  it('begins with what needs somebody, and has nothing that was not reported', () => {
    const rows = {
      a: { risk: mark('acknowledged', { state_at: '2026-11-28T09:00:00Z' }) },
      b: { risk: mark('waiting') },
      c: {},
      d: { risk: mark('dead', { state_at: '2026-11-20T05:00:00Z' }) },
      e: { risk: mark('acknowledged', { state_at: '2026-11-28T10:00:00Z' }) },
    }
    expect(inOrder(rows).map(([id]) => id)).toEqual(['d', 'b', 'e', 'a'])
  })
})
