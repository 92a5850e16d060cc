import { describe, expect, it } from 'vitest'
import type { ShareDoc } from '@/live/docs'
import { leftOutLines, ordered, ownShare } from './joint'

const share = (state: ShareDoc['state'], asked_at: string, account?: string): ShareDoc => ({ org: 'x', state, reason: '', asked_by: '', asked_at, account })
const shares = {
  j1: share('declined', '2026-01-01'),
  j2: share('released', '2026-01-02', 'chen'),
  j3: share('joined', '2026-01-04', 'chen'),
  j4: share('asked', '2026-01-03'),
}

describe('shares', () => {
  it('has what runs before what is over', () => {
    expect(ordered(shares).map(([id]) => id)).toEqual(['j4', 'j3', 'j1', 'j2'])
  })
  it('finds the share by which somebody assists now, and none that is over', () => {
    expect(ownShare(shares, 'chen')?.[0]).toBe('j3')
    expect(ownShare({ j2: shares.j2 }, 'chen')).toBeUndefined()
    expect(ownShare(undefined, 'chen')).toBeUndefined()
  })
  it('says who is not asked and why', () => {
    const t = (key: string, values: Record<string, unknown>): string => `${key} ${Object.values(values).join(' ')}`
    expect(leftOutLines([{ name: '赵某', org: '县', code: 'away', word: '2026-10-08' }], t)).toEqual(['joint.leftOut 赵某 县 desk.centre.whyNot.away 2026-10-08'])
  })
})
