import { describe, expect, it } from 'vitest'
import { changes, fieldsOf, lackingOf, linesOf, type CaseFile, type FileItem } from './file'

const item = (n: number, over: Partial<FileItem> = {}): FileItem => ({ n, doc: 'application', required: true, state: 'present', reason: 'reported', made: 'form', remedy: '', opens: true, ...over })
const form = (limits: Record<string, number>, fields: Record<string, string> = {}) => ({ revision: 1, fields, by: null, at: null, limits })
const file = (reason = 'reported'): CaseFile => ({
  items: [item(1, { reason }), item(2, { doc: 'rights', state: 'missing' }), item(4, { doc: 'authority', required: false, state: 'missing' })],
  forms: {
    people: form({ 'p1.nation': 20, 'p2.nation': 20 }, { 'p1.nation': '汉族' }),
    application: form({ requests: 1000 }),
    registration: form({ remarks: 500 }),
    enclosed: form({ application: 100, rights: 100 }),
  },
  may_fill: true,
  people: { p1: '李某', p2: '赵某' },
})

describe('the paper file', () => {
  it('asks for what an item has fields for, of each party by name', () => {
    expect(fieldsOf(file(), 'application').map(({ form, key, person }) => [form, key, person])).toEqual([
      ['people', 'p1.nation', '李某'],
      ['people', 'p2.nation', '赵某'],
      ['application', 'requests', undefined],
      ['enclosed', 'application', undefined],
    ])
    for (const reason of ['registered', 'referred']) expect(fieldsOf(file(reason), 'application').map(({ form }) => form)).toContain('registration')
    expect(fieldsOf(file(), 'rights').map(({ form }) => form)).toEqual(['enclosed'])
    expect(fieldsOf(file(), 'agreement')).toEqual([])
    const elsewhere = file()
    elsewhere.forms.enclosed!.limits.agreement = 100
    expect(fieldsOf(elsewhere, 'agreement').map(({ form, key }) => [form, key])).toEqual([['enclosed', 'agreement']])
  })
  it('sends what was changed alone, form by form', () => {
    const fields = fieldsOf(file(), 'application')
    const words = { 'people/p1.nation': '汉族 ', 'people/p2.nation': '回族', 'application/requests': '', 'enclosed/application': '在档案柜' }
    expect(changes(file(), fields, words)).toEqual({ people: { 'p2.nation': '回族' }, enclosed: { application: '在档案柜' } })
    expect(changes(file(), fields, { 'people/p1.nation': '' })).toEqual({ people: { 'p1.nation': '' } })
  })
  it('names what is required and missing', () => {
    expect(lackingOf(file()).map((one) => one.doc)).toEqual(['rights'])
    expect(lackingOf(null)).toEqual([])
  })
  it('gives long texts room', () => {
    expect([20, 200, 500, 5000].map(linesOf)).toEqual([1, 2, 4, 8])
  })
})
