// @vitest-environment jsdom
// What a browser really sends, kept in tests/agreements/browser_updates.json; the guard on the server is tested against the same file.
// HEYI_RECORD=1 writes it anew, after a change of ProseMirror, Yjs or the schema.
import { splitBlock } from 'prosemirror-commands'
import { wrapInList } from 'prosemirror-schema-list'
import { TextSelection } from 'prosemirror-state'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { openEditor } from './editor'
import type { Editor } from './editor'
import { schema } from './schema'
import { changeTable, climb, insertTable } from './tables'

const FILE = resolve(process.env.HEYI_RECORDING ?? '../../tests/agreements/browser_updates.json')
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function seed(): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 1
  const clause = (id: string, kind: string, text: string): Y.XmlElement => {
    const element = new Y.XmlElement('clause')
    for (const [name, value] of Object.entries({ id, kind, title: '', status: 'open', locked_by: '' })) element.setAttribute(name, value)
    const paragraph = new Y.XmlElement('paragraph')
    const field = new Y.XmlElement('field')
    for (const [name, value] of Object.entries({ key: `${id}.a`, type: 'amount', value: '' })) field.setAttribute(name, value)
    paragraph.insert(0, [new Y.XmlText(text), field])
    element.insert(0, [paragraph])
    return element
  }
  doc.getXmlFragment('agreement').insert(0, [clause('facts', 'facts', '甲乙丙丁'), clause('terms-1', 'terms', '支付款项')])
  return Y.encodeStateAsUpdate(doc)
}

function at(editor: Editor, text: string, offset: number): number {
  let found = -1
  editor.view.state.doc.descendants((node, position) => {
    if (node.isText && node.text!.includes(text)) found = position + node.text!.indexOf(text) + offset
  })
  return found
}

function select(editor: Editor, from: number, to = from): void {
  editor.view.dispatch(editor.view.state.tr.setSelection(TextSelection.create(editor.view.state.doc, from, to)))
}

const STEPS: [string, (editor: Editor) => void][] = [
  ['type inside a text', (e) => e.view.dispatch(e.view.state.tr.insertText('𠮷某', at(e, '甲乙', 1)))],
  ['delete a part', (e) => e.view.dispatch(e.view.state.tr.delete(at(e, '丙', 0), at(e, '丙', 1)))],
  ['replace a part', (e) => e.view.dispatch(e.view.state.tr.insertText('给付', at(e, '支付', 0), at(e, '支付', 2)))],
  ['split a paragraph', (e) => (select(e, at(e, '款项', 0)), splitBlock(e.view.state, e.view.dispatch))],
  ['make a list', (e) => (select(e, at(e, '款项', 1)), wrapInList(schema.nodes.ordered_list!)(e.view.state, e.view.dispatch))],
  ['undo the list', (e) => e.undo()],
  ['redo the list', (e) => e.redo()],
  [
    'fill a field',
    (e) => {
      let field = -1
      e.view.state.doc.descendants((node, position) => void (node.type === schema.nodes.field && (field = position)))
      e.view.dispatch(e.view.state.tr.setNodeAttribute(field, 'value', '1800.00'))
    },
  ],
  [
    'add a clause',
    (e) => {
      const clause = schema.nodes.clause!.create({ id: 'terms-2', kind: 'terms' }, schema.nodes.paragraph!.create(null, schema.text('再无争议。')))
      e.view.dispatch(e.view.state.tr.insert(e.view.state.doc.content.size, clause))
    },
  ],
  ['put a table in', (e) => (select(e, at(e, '付', 1)), e.view.dispatch(insertTable(e.view.state)!))],
  ['write in a cell', (e) => e.view.dispatch(e.view.state.tr.insertText('物品'))],
  ['add a column', (e) => e.view.dispatch(changeTable(e.view.state, 'addColumn')!)],
  ['go on to a new row', (e) => (e.view.dispatch(changeTable(e.view.state, 'addRow')!), e.view.dispatch(e.view.state.tr.insertText('床')))],
  ['remove a column', (e) => e.view.dispatch(changeTable(e.view.state, 'removeColumn')!)],
  ['remove a row', (e) => (e.view.dispatch(climb(e.view.state, 1)!), e.view.dispatch(changeTable(e.view.state, 'removeRow')!))],
  ['lock a clause', (e) => e.view.dispatch(e.view.state.tr.setNodeAttribute(0, 'locked_by', 'm1'))],
  ['remove a clause', (e) => e.view.dispatch(e.view.state.tr.delete(e.view.state.doc.content.size - e.view.state.doc.lastChild!.nodeSize, e.view.state.doc.content.size))],
]

it('sends what the server was tested with', () => {
  let drawn = 0
  vi.spyOn(crypto, 'randomUUID').mockImplementation(() => `${String(++drawn).padStart(8, '0')}-0000-4000-8000-000000000000`)
  const state = seed()
  const sent: Uint8Array[] = []
  const editor = openEditor({
    place: document.body.appendChild(document.createElement('div')),
    state,
    seq: 1,
    clientId: 11,
    transport: { send: async ({ update }) => sent.push(update), onUpdate: () => () => undefined, sendCursor: () => undefined, onCursor: () => () => undefined },
    permission: () => ({ seat: 'm1', mayEdit: true, kinds: ['facts', 'terms'], mayLock: true }),
    words: { missing: (key) => key, shown: (_type, value) => value },
    openField: () => undefined,
  })
  const steps = STEPS.map(([what, act]) => {
    sent.length = 0
    act(editor)
    expect(sent.length, what).toBeGreaterThan(0)
    return { what, updates: sent.map(base64) }
  })
  const recorded = `${JSON.stringify({ state: base64(state), steps, text: editor.view.state.doc.textContent }, null, 1)}\n`
  if (process.env.HEYI_RECORD || !existsSync(FILE)) writeFileSync(FILE, recorded)
  expect(recorded).toBe(readFileSync(FILE, 'utf8'))
})
