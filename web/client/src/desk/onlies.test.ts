import { describe, expect, it } from 'vitest'
import type { CaseRow } from '@/live/docs'
import { countOf, isOnly, ONLIES, type Only } from './onlies'

const now = Date.parse('2026-03-13T04:00:00Z')
const row = (more: Partial<CaseRow>): CaseRow => ({ stage: 'accepted', title: 'x', ...more }) as CaseRow
const rows = {
  soon: row({ due: '2026-03-15T15:59:59Z' }),
  over: row({ stage: 'mediating', due: '2026-03-12T15:59:59Z' }),
  past: row({ due: '2026-03-01T15:59:59Z' }),
  far: row({ due: '2026-04-15T15:59:59Z' }),
  done: row({ stage: 'closed', due: '2026-03-12T15:59:59Z' }),
  unhappy: row({ stage: 'closed', unhappy: 1 }),
}

describe('a sentence of the desk', () => {
  it('leads to the case where it speaks of one, else to the list', () => {
    expect(countOf('near', rows, now)).toEqual({ count: 1, to: '/case/soon' })
    expect(countOf('over', rows, now)).toEqual({ count: 2, to: '/desk/cases?only=over' })
    expect(countOf('unhappy', rows, now)).toEqual({ count: 1, to: '/case/unhappy' })
    expect(countOf('late', rows, now).count).toBe(0)
  })
  it('counts what the list then shows', () => {
    for (const only of Object.keys(ONLIES) as Only[]) expect(Object.values(rows).filter((one) => ONLIES[only](one, now))).toHaveLength(countOf(only, rows, now).count)
    expect([isOnly('near'), isOnly('all'), isOnly(undefined)]).toEqual([true, false, false])
  })
})
