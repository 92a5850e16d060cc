import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CASE_SOURCES, CASE_STAGES, DISPUTE_TYPES } from '@/vocabulary'
import zh from '@/i18n/zh'
import { daysUntil, dueSoon, dueWords, termRuns } from './due'
import { ended, spent, timeline } from './progress'

const at = '2026-03-13T08:00:00Z'

describe('timeline', () => {
  it('puts what is waited for above what is done', () => {
    const marks = timeline({ stage: 'dispatched', history: [{ stage: 'reported', at }, { stage: 'dispatched', at }], answer_by: at })
    expect(marks.map((m) => `${m.step}:${m.state}`)).toEqual(['agree:todo', 'talk:todo', 'accept:now', 'dispatched:done', 'reported:done'])
    expect(marks[2]?.by).toBe(at)
  })
  it('names a returned order and knows when the talk is on', () => {
    const history = ['reported', 'dispatched', 'reported', 'dispatched', 'accepted', 'mediating'].map((stage) => ({ stage, at }))
    const marks = timeline({ stage: 'mediating', history, due: at })
    expect(marks[1]).toMatchObject({ step: 'mediating', state: 'now' })
    expect(marks[4]?.step).toBe('returned')
  })
  it('says that nobody took it in time, and to whom it had been given', () => {
    const history = [{ stage: 'reported', at }, { stage: 'dispatched', at }, { stage: 'reported', at, who: '城关镇调委会', unanswered: true }]
    const mark = timeline({ stage: 'reported', history }).find((one) => one.step === 'unanswered')
    expect(mark).toMatchObject({ state: 'done', who: '城关镇调委会' })
    expect(zh.progress.steps).toHaveProperty('unanswered')
  })
  it('has a sentence for every step of every stage', () => {
    for (const stage of CASE_STAGES) {
      const marks = timeline({ stage, history: [{ stage: 'reported', at }, { stage, at }] })
      for (const mark of marks) expect(zh.progress.steps).toHaveProperty(mark.step)
      const over = ended({ stage, history: [{ stage, at }] })
      if (over) expect(zh.progress.ended).toHaveProperty(over.how)
      else expect(zh.progress.nextText).toHaveProperty(stage)
      expect(zh.words.stages).toHaveProperty(stage)
    }
  })
})

describe('the end of a case', () => {
  const closed = '2026-05-01T08:00:00Z'
  const way = (...stages: string[]) => ({ stage: stages[stages.length - 1]!, history: stages.map((stage, n) => ({ stage, at: n === stages.length - 1 ? closed : at })) })
  it('is told with its day and what it ended in', () => {
    expect(ended(way('reported', 'mediating', 'agreed', 'closed'))).toEqual({ how: 'agreed', at: closed })
    expect(ended(way('reported', 'mediating', 'failed', 'closed'))).toEqual({ how: 'failed', at: closed })
    expect(ended(way('reported', 'withdrawn'))).toEqual({ how: 'withdrawn', at: closed })
  })
  it('is not told of what goes on', () => {
    for (const stage of ['reported', 'dispatched', 'accepted', 'mediating', 'agreed', 'failed']) expect(ended(way('reported', stage))).toBeNull()
  })
})

describe('the time that a step took', () => {
  it('is told of steps that are over, in a unit of which there are two at least', () => {
    const later = '2026-03-15T09:00:00Z'
    const marks = timeline({ stage: 'dispatched', history: [{ stage: 'reported', at }, { stage: 'dispatched', at: later }] })
    expect(marks.at(-1)?.spent).toEqual({ key: 'days', count: 2 })
    expect(marks.at(-2)?.spent).toBeUndefined()
    expect([spent(at, '2026-03-13T09:59:00Z'), spent(at, '2026-03-13T10:00:00Z'), spent(later, at)]).toEqual([
      { key: 'minutes', count: 119 },
      { key: 'hours', count: 2 },
      { key: 'minutes', count: 0 },
    ])
  })
})

describe('deadlines', () => {
  it('count in days of the county', () => {
    const evening = Date.parse('2026-03-13T15:30:00Z') // 23:30 in the county
    expect(daysUntil('2026-03-13T15:59:00Z', evening)).toBe(0)
    expect(daysUntil('2026-03-13T16:30:00Z', evening)).toBe(1)
    expect(dueWords('2026-03-10T00:00:00Z', evening)).toMatchObject({ key: 'words.due.over', days: 3 })
  })
})

describe('what is due within three days', () => {
  // The same moments as in tests/web/test_wall.py: the wall and the desks tell one number.
  it('is not over yet and at most three midnights away', () => {
    const evening = Date.parse('2026-03-13T15:30:00Z') // 23:30 in the county
    expect(['2026-03-13T15:45:00Z', '2026-03-16T15:59:00Z'].map((due) => dueSoon(due, evening))).toEqual([true, true])
    expect(['2026-03-16T16:01:00Z', '2026-03-13T15:29:00Z'].map((due) => dueSoon(due, evening))).toEqual([false, false])
    expect(dueSoon('2026-03-17T15:00:00Z', Date.parse('2026-03-13T16:30:00Z'))).toBe(true)
  })
})

describe('a term', () => {
  it('runs on at the centre, and is over with the case', () => {
    const due = '2026-04-13T15:59:59Z'
    expect(['reported', 'dispatched', 'accepted', 'mediating'].every((stage) => termRuns({ stage, due }))).toBe(true)
    expect(['agreed', 'failed', 'closed', 'withdrawn'].some((stage) => termRuns({ stage, due }))).toBe(false)
    expect(termRuns({ stage: 'accepted' })).toBe(false)
  })
})

describe('vocabulary', () => {
  const python = readFileSync('../../cases/vocabulary.py', 'utf8')
  const tuple = (name: string): string[] => [...(new RegExp(`${name}[^=]*= \\(([^)]*)\\)`).exec(python)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map((m) => m[1]!)
  it('is the server’s', () => {
    expect(Object.keys(DISPUTE_TYPES).sort()).toEqual(tuple('DISPUTE_TYPES').sort())
    expect(Object.keys(CASE_SOURCES).sort()).toEqual(tuple('CASE_SOURCES').sort())
    const stages = /class CaseStage[^]*?(?=\n\n\n)/.exec(python)?.[0] ?? ''
    expect([...stages.matchAll(/= "([a-z]+)"/g)].map((m) => m[1])).toEqual([...CASE_STAGES])
  })
  it('is written in Chinese as on the wire', () => {
    for (const [value, key] of Object.entries(DISPUTE_TYPES)) expect(zh.words.types[key]).toBe(value)
    for (const [value, key] of Object.entries(CASE_SOURCES)) expect(zh.words.sources[key]).toBe(value)
  })
})
