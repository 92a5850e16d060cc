import { describe, expect, it } from 'vitest'
import type { ObligationDoc } from '@/live/docs'
import en from '@/i18n/en'
import zh from '@/i18n/zh'
import { confirmation, counted, inOrder, isOverdue, overdueOf, owes, sum } from './performing'

const NOW = Date.parse('2026-12-01T00:30:00+08:00')
const one = (more: Partial<ObligationDoc>): ObligationDoc => ({ what: '付款', state: 'due', ...more })

describe('performing', () => {
  it('is overdue on the day after, in the county', () => {
    expect(isOverdue(one({ due: '2026-11-30' }), NOW)).toBe(true)
    expect(isOverdue(one({ due: '2026-12-01' }), NOW)).toBe(false)
    expect(isOverdue(one({ due: '2026-11-30', state: 'done' }), NOW)).toBe(false)
    expect(isOverdue(one({}), NOW)).toBe(false)
  })
  it('puts first what is due first, and what is over last', () => {
    const doc = { obligations: { o1: one({ due: '2026-11-01', state: 'done' }), o2: one({}), o3: one({ due: '2026-12-09' }), o10: one({ due: '2026-12-02' }) } }
    expect(inOrder(doc).map(([id]) => id)).toEqual(['o10', 'o3', 'o2', 'o1'])
  })
  it('counts what is open, overdue, and told but not confirmed', () => {
    const told = { on: '2026-11-29', party: 'p1' }
    const doc = { obligations: { o1: one({ due: '2026-11-30', receipts: { r1: told, r2: { ...told, confirmed: '周' }, r3: { ...told, taken_back: { reason: '错', by: '周', at: '' } } } }), o2: one({ state: 'waived' }) } }
    expect(counted(doc, NOW)).toEqual({ all: 2, open: 1, overdue: 1, words: 1 })
  })
  it('marks a row by its days', () => {
    const row = { code: '', title: '', type: '', kind: '', stage: 'agreed', region: '', parties: '', reported_at: '', photos: 0 }
    expect(overdueOf({ ...row, owing: { all: 2, open: 1, due: ['2026-11-30'] } }, NOW)).toBe(true)
    expect(overdueOf({ ...row, owing: { all: 2, open: 1 } }, NOW)).toBe(false)
    expect(overdueOf(row, NOW)).toBe(false)
  })
  it('tells until when a court confirms', () => {
    expect(confirmation('2026-11-01T02:00:00Z', NOW)).toEqual({ until: '2026-12-01', over: false })
    expect(confirmation('2026-10-31T02:00:00Z', NOW).over).toBe(true)
  })
  it('writes sums', () => {
    expect(sum('1234567.50', 'zh')).toBe('1,234,567.50 元')
    expect(sum('5.00', 'en')).toBe('¥5.00')
  })
  it('is told in a sentence of its own, whoever reads it and whoever is not named', () => {
    const sentences = new Set<string>()
    for (const amount of [undefined, '5.00'])
      for (const debtor of [undefined, 'p1'])
        for (const creditor of [undefined, 'p2'])
          for (const me of [undefined, 'p1', 'p2']) {
            if (me && me !== debtor && me !== creditor) continue
            const [thing, which] = owes(one({ amount, debtor, creditor }), me).split('.') as ['money' | 'deed', keyof typeof en.performance.owes.money]
            for (const all of [zh, en]) {
              const text = all.performance.owes[thing][which]
              // Who reads it is 您, you; whoever else is known is named, and nobody else.
              expect([text.includes('{debtor}'), text.includes('{creditor}')]).toEqual([Boolean(debtor && me !== debtor), Boolean(creditor && me !== creditor)])
              expect(/您|\byou\b/i.test(text)).toBe(Boolean(me))
            }
            sentences.add(en.performance.owes[thing][which])
          }
    expect(sentences.size).toBe(16)
  })
})
