import { describe, expect, it } from 'vitest'
import type { CaseDoc } from '@/live/docs'
import { documents, nameOf, rows, type Moment } from './past'

const t = (key: string, values?: Record<string, unknown>): string => (values ? `${key}${JSON.stringify(values)}` : key)
const REPORTED = { stage: 'reported', kind: 'dispute', title: '漏水', type: '邻里', source: '当事人申请', people: {}, pictures: [], region: '城关镇' }
const moment = (seq: number, patch: Moment['patch'], kinds: string[] = []): Moment => ({ seq, at: `2026-03-02T09:0${seq}:00Z`, kinds, by: {}, patch })

describe('a case read back', () => {
  it('stands at each moment as its patches made it', () => {
    const found = documents([moment(1, REPORTED), moment(2, { stage: 'dispatched', offered: ['王某'] }), moment(3, { stage: 'accepted', offered: null })])
    expect(found.map((doc) => doc.stage)).toEqual(['reported', 'dispatched', 'accepted'])
    expect(found.map((doc) => doc.offered)).toEqual([undefined, ['王某'], undefined])
  })
  it('marks what a moment changed, with how it read before, also what went away', () => {
    const [before, after] = documents([moment(1, { ...REPORTED, offered: ['王某'] }), moment(2, { stage: 'accepted', offered: null })]) as [CaseDoc, CaseDoc]
    const found = rows(after, before, t, () => true, 'zh')
    expect(found.filter((row) => row.changed)).toEqual([
      { key: 'stage', value: 'words.stages.accepted', before: 'words.stages.reported', changed: true },
      { key: 'offered', value: '', before: '王某', changed: true },
    ])
    expect(found.map((row) => row.key)).not.toContain('mediator')
  })
  it('marks nothing at the first moment', () => {
    const [first] = documents([moment(1, REPORTED)])
    expect(rows(first!, undefined, t, () => true, 'zh').some((row) => row.changed)).toBe(false)
  })
  it('is named by the first of its entries that has a name', () => {
    const has = (key: string): boolean => key === 'past.kinds.case_accepted'
    expect(nameOf({ kinds: ['clock.checked', 'case.accepted'] }, t, has)).toBe('past.kinds.case_accepted')
    expect(nameOf({ kinds: ['clock.checked'] }, t, has)).toBe('past.kinds.other')
  })
  it('is named an order where the type was put right with it', () => {
    expect(nameOf({ kinds: ['case.classified', 'case.assigned'] }, t, () => true)).toBe('past.kinds.case_assigned')
    expect(nameOf({ kinds: ['case.classified'] }, t, () => true)).toBe('past.kinds.case_classified')
  })
})
