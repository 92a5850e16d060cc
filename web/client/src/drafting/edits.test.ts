// @vitest-environment jsdom
import { EditorState, TextSelection } from 'prosemirror-state'
import { describe, expect, it } from 'vitest'
import { equalParts, quoteOf, insertClauses, insertField, insertPlan, plainWords, removeClause, setLock, timesIn, type PlainClause } from './edits'
import { clauseAt, schema } from './schema'

const { clause, paragraph, field } = schema.nodes as Record<string, NonNullable<(typeof schema.nodes)[string]>>
const terms = (id: string, words: string, more = {}): ReturnType<typeof schema.node> => clause!.create({ id, kind: 'terms', ...more }, [paragraph!.create(null, words ? schema.text(words) : null)])

function state(...clauses: ReturnType<typeof schema.node>[]): EditorState {
  return EditorState.create({ schema, doc: schema.node('doc', null, [clause!.create({ id: 'facts', kind: 'facts' }, [paragraph!.create(null, schema.text('事实'))]), ...clauses]) })
}

/** With the cursor in the text of a clause. */
function inside(before: EditorState, id: string): EditorState {
  let at = 0
  before.doc.forEach((node, offset) => void (node.attrs.id === id && (at = offset + 2)))
  return before.apply(before.tr.setSelection(TextSelection.create(before.doc, at)))
}

const kept: PlainClause = {
  title: '赔付',
  blocks: [
    { type: 'paragraph', content: [{ type: 'field', key: 'f.1', field: 'party', value: '赵某' }, { type: 'text', text: '支付' }, { type: 'field', key: 'plan.total', field: 'amount', value: '' }] },
    { type: 'bullet_list', items: [[{ type: 'paragraph', content: [{ type: 'field', key: 'plan.1.amount', field: 'amount', value: '' }] }]] },
  ],
}
const ids = (s: EditorState): string[] => {
  const found: string[] = []
  s.doc.forEach((node) => void found.push(String(node.attrs.id)))
  return found
}
const keys = (s: EditorState): string[] => {
  const found: string[] = []
  s.doc.descendants((node) => void (node.type === field && found.push(String(node.attrs.key))))
  return found
}

describe('clauses from the library', () => {
  it('take the place of an empty clause, and stand behind one that says something', () => {
    const empty = inside(state(terms('terms-1', '')), 'terms-1')
    const one = empty.apply(insertClauses(empty, [kept])!)
    expect(ids(one)).toHaveLength(2)
    expect(ids(one)).not.toContain('terms-1')
    const two = one.apply(insertClauses(one, [kept, kept])!)
    expect(ids(two)).toHaveLength(4)
    expect(new Set(ids(two)).size).toBe(4)
  })

  it('go behind the last terms when the cursor is elsewhere, and never into a locked empty clause', () => {
    const before = inside(state(terms('terms-1', '甲'), terms('terms-2', '', { locked_by: 'm' })), 'facts')
    expect(ids(before.apply(insertClauses(before, [kept])!)).slice(0, 3)).toEqual(['facts', 'terms-1', 'terms-2'])
    const none = state()
    expect(insertClauses(none, [kept])).toBeNull()
  })

  it('keep the fields of one plan together under a name of its own', () => {
    const before = inside(state(terms('terms-1', '')), 'terms-1')
    const after = keys(before.apply(insertClauses(before, [kept, kept])!))
    const plans = after.filter((key) => key.startsWith('plan-'))
    expect(plans).toHaveLength(4)
    expect(new Set(plans.map((key) => key.split('.')[0])).size).toBe(2)
    expect(new Set(after).size).toBe(after.length)
  })

  it('are shown with blanks', () => {
    expect(plainWords(kept)).toBe('赵某支付＿＿＿＿')
  })
})

describe('buttons', () => {
  it('put a field at the cursor', () => {
    const before = inside(state(terms('terms-1', '付款')), 'terms-1')
    const after = before.apply(insertField(before, 'amount', '5.00')!)
    expect(after.doc.child(1).textBetween(0, after.doc.child(1).content.size, '', (node) => `[${String(node.attrs.value)}]`)).toBe('[5.00]付款')
  })

  it('remove a clause of terms, empty the last one, and leave what every agreement has', () => {
    const two = inside(state(terms('terms-1', '甲'), terms('terms-2', '乙')), 'terms-1')
    const one = inside(two.apply(removeClause(two)!), 'terms-2')
    expect(ids(one)).toEqual(['facts', 'terms-2'])
    const none = one.apply(removeClause(one)!)
    expect([ids(none), none.doc.child(1).textContent]).toEqual([['facts', 'terms-2'], ''])
    const elsewhere = inside(none, 'facts')
    expect(removeClause(elsewhere)).toBeNull()
  })

  it('lock a clause', () => {
    const before = inside(state(terms('terms-1', '甲')), 'terms-1')
    const after = before.apply(setLock(before, 'm')!)
    expect(clauseAt(after.doc, after.selection.from)!.node.attrs.locked_by).toBe('m')
  })

  it('write a plan of instalments behind the paragraph', () => {
    const before = inside(state(terms('terms-1', '约定如下')), 'terms-1')
    const after = before.apply(insertPlan(before, ['赵某', '李某'], '100.00', equalParts('100.00', 3, '2026-12-31'))!)
    const words = after.doc.child(1).textBetween(0, after.doc.child(1).content.size, '|', (node) => String(node.attrs.value))
    expect(words).toContain('赵某向李某支付共计100.00，分期支付：')
    expect(words).toContain('于2027-02-28前支付33.34。')
    expect(after.doc.child(1).childCount).toBe(3)
  })
})

describe('equal parts', () => {
  it('add up, whatever the sum and their number', () => {
    for (const [total, count] of [['0.05', 3], ['100.00', 7], ['999999999999.99', 36], ['1.00', 2]] as const) {
      const parts = equalParts(total, count, '2026-01-31')
      expect(parts).toHaveLength(count)
      expect(parts.reduce((sum, part) => sum + BigInt(part.amount.replace('.', '')), 0n)).toBe(BigInt(total.replace('.', '')))
      expect(parts.map((part) => part.date)).toEqual([...parts.map((part) => part.date)].sort())
    }
    expect(equalParts('3.00', 3, '2026-01-31').map((part) => part.date)).toEqual(['2026-01-31', '2026-02-28', '2026-03-31'])
  })
})

describe('the marked words', () => {
  const marked = (before: EditorState, from: number, to: number): string => quoteOf(before.apply(before.tr.setSelection(TextSelection.create(before.doc, from, to))))
  const before = EditorState.create({
    schema,
    doc: schema.node('doc', null, [
      clause!.create({ id: 'terms-1' }, [paragraph!.create(null, [schema.text('赵某付'), field!.create({ key: 'a', type: 'amount', value: '1.00' }), schema.text('元整')]), paragraph!.create(null, schema.text('另一段'))]),
    ]),
  })

  it('lie in one paragraph, and between fields', () => {
    expect(marked(before, 2, 5)).toBe('赵某付')
    expect(marked(before, 6, 8)).toBe('元整')
    expect(marked(before, 2, 8)).toBe('')
    expect(marked(before, 6, 12)).toBe('')
    expect(quoteOf(before)).toBe('')
  })
})

it('counts words between fields, within one paragraph, overlaps included', () => {
  const node = clause!.create({ id: 't', kind: 'terms' }, [
    paragraph!.create(null, [schema.text('付款人付款'), field!.create({ key: 'f', type: 'text', value: '付款' }), schema.text('后付')]),
    paragraph!.create(null, schema.text('款哈哈哈')),
  ])
  expect(['付款', '付款后', '哈哈', '款后付', '', '没有'].map((words) => timesIn(node, words))).toEqual([2, 0, 2, 0, 0, 0])
  expect(timesIn(undefined, '付款')).toBe(0)
})
