import { describe, expect, it } from 'vitest'
import type { CaseDoc, EscalationDoc } from '@/live/docs'
import { first, ordered, pastTerm } from './escalation'

const at = (iso: string): number => Date.parse(iso)
const one = (iso: string): EscalationDoc => ({ state: 'open', reason: '分歧太大', name: '王调解员', at: iso })

describe('a case before the centre', () => {
  it('has the newest first', () => {
    expect(ordered({ e1: one('2026-03-18T06:30:00Z'), e2: one('2026-03-19T06:30:00Z') }).map(([id]) => id)).toEqual(['e2', 'e1'])
  })
  it('is proposed to the lead whose term is over, and to nobody else', () => {
    const late = { stage: 'mediating', due: '2026-04-20T16:00:00Z' } as CaseDoc
    expect(pastTerm(late, at('2026-04-20T15:59:59Z'))).toBe(false)
    expect(pastTerm(late, at('2026-04-20T16:00:01Z'))).toBe(true)
    expect(pastTerm({ ...late, stage: 'failed' }, at('2026-05-20T16:00:01Z'))).toBe(false)
    expect([true, false].map((mine) => first(late, at('2026-04-21T00:00:00Z'), mine))).toEqual([true, false])
  })
  it('stands before everything else while it runs, and where the centre has taken it over', () => {
    const escalations = { e1: one('2026-03-18T06:30:00Z') }
    expect(first({ stage: 'accepted', escalations } as unknown as CaseDoc, 0, false)).toBe(true)
    expect(first({ stage: 'closed', escalations } as unknown as CaseDoc, 0, false)).toBe(false)
    expect(first({ stage: 'reported', escalations, first_accepted: '2026-03-18T06:30:00Z' } as unknown as CaseDoc, 0, false)).toBe(true)
  })
})
