import { describe, expect, it } from 'vitest'
import type { RecordDoc } from '@/live/docs'
import { answerOf, linesOf, openLines } from './record'

const line = (text: string, more = {}) => ({ kind: 'written' as const, text, at: '2026-11-25T01:00:00Z', revision: 1, ...more })
const record: RecordDoc = {
  lines: { '000010': line('十'), '000002': line('二', { revision: 2 }), '000003': line('三', { struck: true }) },
  confirmed: { s1: { '10': 1, '2': 1 } },
  objections: { s2: { '10': '不对' } },
}

describe('the written record', () => {
  it('is read in the order of its numbers, without what was struck', () => {
    expect(linesOf(record).map((l) => l.number)).toEqual([2, 10])
    expect(linesOf(record, true).map((l) => l.text)).toEqual(['二', '三', '十'])
    expect(linesOf(undefined)).toEqual([])
  })

  it('counts a confirmation of the wording that is there now, and no other', () => {
    const [second, tenth] = linesOf(record)
    expect(answerOf(record, 's1', second!)).toBe('open')
    expect(answerOf(record, 's1', tenth!)).toBe('confirmed')
    expect(answerOf(record, 's2', tenth!)).toBe('objected')
  })

  it('tells what is left to answer', () => {
    expect(openLines(record, 's1')).toEqual({ '2': 2 })
    expect(openLines(record, 's2')).toEqual({ '2': 2 })
    expect(openLines(record, 's3')).toEqual({ '2': 2, '10': 1 })
  })
})
