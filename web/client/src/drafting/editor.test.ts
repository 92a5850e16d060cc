// @vitest-environment jsdom
import { TextSelection } from 'prosemirror-state'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { openEditor } from './editor'
import type { Editor, Transport } from './editor'
import type { OpenField } from './field'
import type { Permission } from './permission'
import { fits, newField, schema } from './schema'
import { wordsOf, type Own } from './waiting'

function clause(id: string, kind: string, parts: (string | Y.XmlElement)[], lock = ''): Y.XmlElement {
  const element = new Y.XmlElement('clause')
  for (const [name, value] of Object.entries({ id, kind, title: '', status: 'open', locked_by: lock })) element.setAttribute(name, value)
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, parts.map((part) => (typeof part === 'string' ? new Y.XmlText(part) : part)))
  element.insert(0, [paragraph])
  return element
}

function field(key: string, type: string): Y.XmlElement {
  const element = new Y.XmlElement('field')
  for (const [name, value] of Object.entries({ key, type, value: '' })) element.setAttribute(name, value)
  return element
}

function seed(): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 1
  doc.getXmlFragment('agreement').insert(0, [
    clause('facts', 'facts', ['事实']),
    clause('terms-1', 'terms', ['付款']),
    clause('locked', 'terms', ['锁定'], 'm1'),
    clause('performance', 'performance', ['期限：', field('performance.deadline', 'date')]),
  ])
  return Y.encodeStateAsUpdate(doc)
}

class Wire implements Transport {
  sent: Uint8Array[] = []
  bases: number[] = []
  apply: (update: Uint8Array, seq: number) => void = () => undefined
  cut = false
  async send({ update, base }: Own): Promise<void> {
    if (this.cut) throw new Error('no line')
    this.sent.push(update)
    this.bases.push(base)
  }
  onUpdate(apply: (update: Uint8Array, seq: number) => void): () => void {
    this.apply = apply
    return () => undefined
  }
  sendCursor(): void {}
  onCursor(): () => void {
    return () => undefined
  }
}

const party: Permission = { seat: 'p1', mayEdit: true, kinds: ['terms', 'performance'], mayLock: false }

function open(state: Uint8Array, clientId: number, who = party): { editor: Editor; wire: Wire; opened: OpenField[]; refused: string[] } {
  const wire = new Wire()
  const opened: OpenField[] = []
  const refused: string[] = []
  const place = document.body.appendChild(document.createElement('div'))
  const words = { missing: (key: string) => `待填：${key}`, shown: (_type: string, value: string) => value }
  const editor = openEditor({ place, state, seq: 1, clientId, transport: wire, permission: () => who, words, openField: (one) => opened.push(one), refused: (code) => refused.push(code) })
  return { editor, wire, opened, refused }
}

function write(editor: Editor, after: string, text: string): void {
  let at = -1
  editor.view.state.doc.descendants((node, position) => {
    if (node.isText && node.text === after) at = position + node.nodeSize
  })
  editor.view.dispatch(editor.view.state.tr.insertText(text, at))
}

describe('the shared draft', () => {
  it('opens on the state of the server and sends nothing by itself', () => {
    const { editor, wire } = open(seed(), 11)
    expect(editor.view.state.doc.childCount).toBe(4)
    expect(wire.sent).toEqual([])
  })

  it('reaches another editor, under the granted client id only', () => {
    const one = open(seed(), 11)
    const two = open(seed(), 12)
    write(one.editor, '付款', '一千元')
    expect(one.wire.sent).toHaveLength(1)
    expect([...Y.parseUpdateMeta(one.wire.sent[0]!).from.keys()]).toEqual([11])
    two.wire.apply(one.wire.sent[0]!, 2)
    expect(two.editor.view.state.doc.textContent).toContain('付款一千元')
    expect(two.wire.sent).toEqual([])
  })

  it('refuses what the server would refuse', () => {
    const { editor, wire, refused } = open(seed(), 11)
    write(editor, '事实', 'x')
    write(editor, '锁定', 'x')
    editor.view.dispatch(editor.view.state.tr.setNodeAttribute(0, 'locked_by', 'p1'))
    expect(refused).toEqual(['may_not_edit_clause', 'clause_locked', 'may_not_lock'])
    expect(wire.sent).toEqual([])
    const reader = open(seed(), 12, { ...party, mayEdit: false })
    write(reader.editor, '付款', 'x')
    expect(reader.refused).toEqual(['may_not_edit'])
    expect(reader.editor.view.editable).toBe(false)
  })

  it('tells on which entry an edit was made', () => {
    const one = open(seed(), 11)
    const two = open(seed(), 12)
    write(one.editor, '付款', '甲')
    two.wire.apply(one.wire.sent[0]!, 5)
    write(two.editor, '付款甲', '乙')
    expect([one.wire.bases, two.wire.bases]).toEqual([[1], [5]])
  })

  it('keeps the cursor among its words when somebody puts a field before them', () => {
    const one = open(seed(), 11)
    const two = open(seed(), 12)
    write(one.editor, '付款', '尽快并且清理')
    two.wire.apply(one.wire.sent[0]!, 2)
    const place = (editor: Editor, words: string): number => {
      let found = -1
      editor.view.state.doc.descendants((node, at) => {
        const inside = node.text?.indexOf(words) ?? -1
        if (inside >= 0) found = at + inside + words.length
      })
      return found
    }
    const { view } = one.editor
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, place(one.editor, '清理'))))
    const at = place(two.editor, '尽快')
    two.editor.view.dispatch(two.editor.view.state.tr.replaceWith(at - 2, at, [schema.text('于'), newField('date'), schema.text('前')]))
    one.wire.apply(two.wire.sent[0]!, 3)
    expect(view.state.selection.from).toBe(place(one.editor, '清理'))
    view.dispatch(view.state.tr.insertText('干净'))
    expect(view.state.doc.textContent).toContain('并且清理干净')
  })

  it('keeps what is written without a line, and merges it with what the others wrote meanwhile', async () => {
    const one = open(seed(), 11)
    const two = open(seed(), 12)
    one.wire.cut = true
    for (const [after, word] of [['付款', '一'], ['付款一', '千'], ['付款一千', '元']] as const) write(one.editor, after, word)
    write(two.editor, '付款', '并且道歉')
    await Promise.resolve()
    expect(one.editor.waiting()).toHaveLength(3)
    expect(wordsOf(one.editor.waiting())).toBe('一千元')
    one.wire.cut = false
    one.editor.resume(Y.encodeStateAsUpdate(two.editor.doc), 7)
    await new Promise((done) => setTimeout(done))
    expect(one.editor.waiting()).toEqual([])
    expect(one.wire.sent).toHaveLength(1)
    expect(one.wire.bases).toEqual([1])
    two.wire.apply(one.wire.sent[0]!, 8)
    expect(two.editor.view.state.doc.textContent).toBe(one.editor.view.state.doc.textContent)
    for (const words of ['一千元', '并且道歉']) expect(two.editor.view.state.doc.textContent).toContain(words)
  })

  it('leaves out what nobody can see', () => {
    const { editor, wire } = open(seed(), 11)
    write(editor, '付款', '零\u200b宽\u202e\u00ad👨\u200d👩𠮷')
    expect(editor.view.state.doc.textContent).toContain('付款零宽👨👩𠮷')
    const doc = new Y.Doc()
    for (const update of [seed(), ...wire.sent]) Y.applyUpdate(doc, update)
    expect(doc.getXmlFragment('agreement').toString()).not.toMatch(/[\u200b\u202e\u200d]/)
  })

  it('undoes only what this person did', () => {
    const one = open(seed(), 11)
    const two = open(seed(), 12)
    write(two.editor, '付款', '乙')
    one.wire.apply(two.wire.sent[0]!, 2)
    write(one.editor, '付款乙', '甲')
    one.editor.undo()
    expect(one.editor.view.state.doc.textContent).toContain('付款乙')
    expect(one.editor.view.state.doc.textContent).not.toContain('甲')
  })

  it('gives a clause that was copied an id of its own', () => {
    const { editor } = open(seed(), 11)
    const copy = editor.view.state.doc.child(1)
    editor.view.dispatch(editor.view.state.tr.insert(editor.view.state.doc.content.size, copy))
    const ids: string[] = []
    editor.view.state.doc.forEach((node) => ids.push(String(node.attrs.id)))
    expect(new Set(ids).size).toBe(5)
    expect(ids[4]).toMatch(/^terms-[0-9a-f-]{13}$/)
  })

  it('shows a missing field, opens it, and writes a value that fits', () => {
    const { editor, opened } = open(seed(), 11)
    const shown = editor.view.dom.querySelector<HTMLElement>('.field')!
    expect(shown.className).toBe('field field-missing')
    expect(shown.textContent).toBe('待填：performance.deadline')
    shown.click()
    expect(opened[0]!.set('2026-02-30')).toBe(false)
    expect(opened[0]!.set('2026-12-31')).toBe(true)
    expect(editor.view.dom.querySelector('.field')!.className).toBe('field')
  })

  it('holds updates back in both directions while somebody composes', async () => {
    const one = open(seed(), 11)
    const two = open(seed(), 12)
    write(two.editor, '付款', '乙')
    one.editor.view.dom.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }))
    one.wire.apply(two.wire.sent[0]!, 2)
    write(one.editor, '付款', 'xie')
    expect(one.editor.view.state.doc.textContent).not.toContain('乙')
    expect(one.wire.sent).toEqual([])
    one.editor.view.dom.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }))
    await new Promise((done) => setTimeout(done, 90))
    expect(one.editor.view.state.doc.textContent).toContain('乙')
    expect(one.wire.sent).toHaveLength(1)
    one.editor.destroy()
  })
})

describe('values of fields', () => {
  it.each([
    ['amount', '1800.00', true],
    ['amount', '1,800', false],
    ['date', '2026-12-31', true],
    ['date', '2026-02-30', false],
    ['id_number', '139999********0015', true],
    ['id_number', 'x', false],
    ['party', '李某', true],
    ['amount', '', true],
  ] as const)('%s %s', (type, value, right) => expect(fits(type, value)).toBe(right))
})
