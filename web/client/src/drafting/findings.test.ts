// @vitest-environment jsdom
import { EditorState } from 'prosemirror-state'
import { describe, expect, it } from 'vitest'
import type { Finding } from '@/live/messages'
import { findingsPlugin, mendOf, placeOf, showFindings } from './findings'
import { schema } from './schema'

const field = (key: string, value: string): ReturnType<typeof schema.node> => schema.node('field', { key, type: 'amount', value })
const paragraph = (...content: ReturnType<typeof schema.node>[]): ReturnType<typeof schema.node> => schema.node('paragraph', null, content)

function state(): EditorState {
  const list = schema.node('bullet_list', null, [schema.node('list_item', null, [paragraph(schema.text('𠮷尽快付'))])])
  const doc = schema.node('doc', null, [
    schema.node('clause', { id: 'facts', kind: 'facts' }, [paragraph(schema.text('尽快'))]),
    schema.node('clause', { id: 'terms-1', kind: 'terms' }, [paragraph(schema.text('付'), field('plan.total', '3.00'), schema.text('，尽快。')), list]),
  ])
  return EditorState.create({ schema, doc, plugins: [findingsPlugin()] })
}

const finding = (more: Partial<Finding>): Finding => ({ code: 'date_vague', clause: 'terms-1', article: '', paragraph: 0, part: 2, start: 1, end: 3, quote: '尽快', ...more })
const wordsOf = (s: EditorState): string => s.doc.textBetween(0, s.doc.content.size, '|', (node) => `[${String(node.attrs.value)}]`)

describe('a finding', () => {
  it('is found behind a field, in a list, and behind a character of two units', () => {
    const { doc } = state()
    const at = (one: Finding): string => {
      const place = placeOf(doc, one)!
      return doc.textBetween(place.from, place.to)
    }
    expect(at(finding({}))).toBe('尽快')
    expect(at(finding({ paragraph: 1, part: 0, start: 2, end: 4 }))).toBe('尽快')
  })

  it('is nowhere once its words have changed', () => {
    const { doc } = state()
    expect(placeOf(doc, finding({ start: 0, end: 2 }))).toBeNull()
    expect(placeOf(doc, finding({ paragraph: 7 }))).toBeNull()
    expect(placeOf(doc, finding({ clause: 'gone' }))).toBeNull()
    expect(mendOf(state(), finding({ quote: '早日', mend: { how: 'replace', pieces: [{ text: '于' }] } }))).toBeNull()
  })

  it('is mended by other words and fields in its place', () => {
    const before = state()
    const after = before.apply(mendOf(before, finding({ mend: { how: 'replace', pieces: [{ text: '于' }, { type: 'date', value: '2026-12-31' }, { text: '前' }] } }))!)
    expect(wordsOf(after)).toContain('付[3.00]，于[2026-12-31]前。')
  })

  it('is mended by another value', () => {
    const before = state()
    const change = mendOf(before, finding({ part: 1, start: 0, end: 1, quote: '3.00', mend: { how: 'set', key: 'plan.total', value: '4.00' } }))!
    expect(wordsOf(before.apply(change))).toContain('付[4.00]，')
    expect(mendOf(before, finding({}))).toBeNull()
  })

  it('is marked, unless it is a tip, and moves with the text', () => {
    const plugin = (s: EditorState): { from: number; to: number }[] => (s.plugins[0]!.props.decorations!.call(s.plugins[0]!, s) as unknown as { find: () => { from: number; to: number }[] }).find()
    const before = state()
    const shown = before.apply(showFindings(before, [finding({}), finding({ code: 'amount_plain', paragraph: 1, part: 0, start: 2, end: 4 })]))
    const [mark, ...others] = plugin(shown)
    expect(others).toEqual([])
    const moved = shown.apply(shown.tr.insertText('先', 2))
    expect(plugin(moved)[0]!.from).toBe(mark!.from + 1)
  })
})
