import { describe, expect, it } from 'vitest'
import { absentWords, BEGINNING, TALK } from './absent'
import { STAGES } from './stages'

const t = (key: string, named?: Record<string, unknown>): string => `${key.replace('room.desk.', '')}${named ? `(${Object.values(named).join()})` : ''}`

describe('who of which side is not there', () => {
  it('names people with their side, and sides of which there is nobody', () => {
    expect(absentWords(t, { p1: { name: '李某', side: 'applicant' } }, ['respondent'])).toEqual(['missingCodes.unseated(李某,sides.applicant)', 'missingCodes.sideless(sides.respondent)'])
    expect(absentWords(t, {}, [])).toEqual([])
  })
  it('does not wait for who has given a statement from afar', () => {
    expect(absentWords(t, { p2: { name: '赵某', side: 'respondent', afar: true } }, [])).toEqual([])
  })
  it('is told while it is talked, and asked about at the beginning', () => {
    expect(STAGES.filter((stage) => TALK.includes(stage))).toEqual(STAGES.slice(0, 6))
    expect(TALK.slice(0, BEGINNING.length)).toEqual(BEGINNING)
  })
})
