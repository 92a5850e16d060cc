// @vitest-environment jsdom
import { TextSelection } from 'prosemirror-state'
import type { EditorState } from 'prosemirror-state'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { openEditor, type Editor } from './editor'
import { cellsOf, cleanTables } from './pasted'
import { LIMITS, schema } from './schema'
import { changeTable, climb, emptyCells, enter, fillTable, inTable, insertTable, problemOf, step, tableOf } from './tables'

function seed(): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 1
  const clause = new Y.XmlElement('clause')
  for (const [name, value] of Object.entries({ id: 'terms-1', kind: 'terms', title: '', status: 'open', locked_by: '' })) clause.setAttribute(name, value)
  clause.insert(0, [new Y.XmlElement('paragraph')])
  doc.getXmlFragment('agreement').insert(0, [clause])
  return Y.encodeStateAsUpdate(doc)
}

interface Open {
  editor: Editor
  sent: Uint8Array[]
  refused: string[]
  take(update: Uint8Array): void
}

function open(state: Uint8Array, clientId: number): Open {
  const sent: Uint8Array[] = []
  const refused: string[] = []
  let take: (update: Uint8Array, seq: number) => void = () => undefined
  const editor = openEditor({
    place: document.body.appendChild(document.createElement('div')),
    state,
    seq: 1,
    clientId,
    transport: {
      send: async ({ update }) => sent.push(update),
      onUpdate: (apply) => ((take = apply), () => undefined),
      sendCursor: () => undefined,
      onCursor: () => () => undefined,
    },
    permission: () => ({ seat: 'p1', mayEdit: true, kinds: ['terms'], mayLock: false }),
    words: { missing: (key) => key, shown: (_type, value) => value },
    openField: () => undefined,
    tableRefused: (code) => refused.push(code),
  })
  return { editor, sent, refused, take: (update) => take(update, 2) }
}

const run = ({ editor }: Open, make: (state: EditorState) => ReturnType<typeof step>): void => editor.view.dispatch(make(editor.view.state)!)
const type = (one: Open, words: string): void => run(one, (state) => state.tr.insertText(words))
const words = ({ editor }: Open): string[][] => {
  const found: string[][] = []
  editor.view.state.doc.descendants((node) => void (node.type.name === 'table_row' && found.push(node.children.map((cell) => cell.textContent))))
  return found
}

function withTable(clientId = 11): Open {
  const one = open(seed(), clientId)
  run(one, (state) => state.tr.setSelection(TextSelection.create(state.doc, 2)))
  run(one, (state) => insertTable(state))
  for (const text of ['物品', '数量', '床', '一']) {
    type(one, text)
    run(one, (state) => step(state, 1))
  }
  return one
}

describe('a table', () => {
  it('takes the place of an empty paragraph, and is walked through by keys', () => {
    const one = withTable()
    expect(words(one)).toEqual([['物品', '数量'], ['床', '一'], ['', '']])
    expect(inTable(one.editor.view.state)).toMatchObject({ row: 2, column: 0 })
    run(one, (state) => climb(state, -1))
    run(one, (state) => step(state, -1))
    expect(inTable(one.editor.view.state)).toMatchObject({ row: 0, column: 1 })
    for (let n = 0; n < 5; n++) run(one, (state) => step(state, 1))
    expect(words(one)).toHaveLength(4)
    run(one, enter)
    expect(inTable(one.editor.view.state)).toBeNull()
    type(one, '后文')
    expect(one.editor.view.state.doc.textContent).toBe('物品数量床一后文')
    expect(one.editor.view.dom.querySelectorAll('[role=columnheader]')).toHaveLength(2)
  })

  it('gains and loses rows and columns, and goes with its last one', () => {
    const one = withTable()
    run(one, (state) => climb(state, -1))
    run(one, (state) => changeTable(state, 'addColumn'))
    expect(words(one)).toEqual([['物品', '', '数量'], ['床', '', '一'], ['', '', '']])
    for (const what of ['removeColumn', 'addRow', 'removeRow'] as const) run(one, (state) => changeTable(state, what))
    expect(words(one)).toHaveLength(3)
    while (inTable(one.editor.view.state)) run(one, (state) => changeTable(state, 'removeRow'))
    expect(one.editor.view.state.doc.textContent).toBe('')
  })

  it('keeps every cell under its head when two change it at once', () => {
    const one = withTable()
    const two = open(Y.encodeStateAsUpdate(one.editor.doc), 12)
    const place = (who: Open, row: number, column: number): void => {
      let at = -1
      let line = -1
      who.editor.view.state.doc.descendants((node, position, _parent, index) => {
        if (node.type.name === 'table_row') line = index
        if (node.type.name === 'table_cell' && line === row && index === column) at = position + 1
      })
      run(who, (state) => state.tr.setSelection(TextSelection.create(state.doc, at)))
    }
    one.sent.length = 0
    place(one, 2, 0)
    run(one, (state) => changeTable(state, 'addColumn'))
    place(two, 2, 1)
    type(two, '二')
    const [mine, other] = [[...one.sent], [...two.sent]]
    other.forEach(one.take)
    mine.forEach(two.take)
    expect(words(one)).toEqual([['物品', '', '数量'], ['床', '', '一'], ['', '', '二']])
    expect(words(two)).toEqual(words(one))
    expect(inTable(one.editor.view.state)).toMatchObject({ row: 2, column: 1 })
    expect(inTable(two.editor.view.state)).toMatchObject({ row: 2, column: 2 })
  })

  it('has its limits', () => {
    const one = withTable()
    const wide = one.editor.view.state
    for (let n = 2; n < LIMITS.columns; n++) run(one, (state) => changeTable(state, 'addColumn'))
    expect(problemOf(one.editor.view.state.doc)).toBeNull()
    run(one, (state) => changeTable(state, 'addColumn'))
    type(one, '长'.repeat(LIMITS.cell))
    type(one, '长')
    run(one, (state) => state.tr.delete(inTable(state)!.at + 2, inTable(state)!.at + 6))
    expect(one.refused).toEqual(['too_many_columns', 'too_long_cell', 'uneven_table'])
    expect(words(one)[0]).toHaveLength(LIMITS.columns)
    const many = insertTable(wide, tableOf(Array.from({ length: LIMITS.rows + 1 }, () => [[]])))!
    expect(problemOf(many.doc)).toEqual({ code: 'too_many_rows', limit: LIMITS.rows })
  })

  it('loses what is marked over several cells, and keeps the cells', () => {
    const one = withTable()
    run(one, (state) => state.tr.setSelection(TextSelection.create(state.doc, inTable(state)!.at + 4, inTable(state)!.at + 14)))
    run(one, emptyCells)
    expect(words(one)).toEqual([['物', ''], ['', '一'], ['', '']])
  })
})

describe('what is pasted', () => {
  const sheet = '<meta><style>td{}</style><table><tr><td rowspan=2><p>物&nbsp;品</p></td><td colspan="2" style="color:red"><b>数</b>\n量</td></tr><tr><td>1</td></tr></table>'
  const plain = (cells: ReturnType<typeof cellsOf>): string[][] => cells!.map((row) => row.map((cell) => cell.map((node) => node.text ?? node.attrs.value).join('')))

  it('is read as cells where it is a table and nothing else', () => {
    expect(plain(cellsOf(sheet, ''))).toEqual([['物 品', '数 量', ''], ['', '1', '']])
    expect(plain(cellsOf('', '甲\t乙\r\n丙\t\r\n'))).toEqual([['甲', '乙'], ['丙', '']])
    // Paragraphs with a tab in them are none, but in a table they fill its cells.
    for (const text of ['1.\t甲方付款', '\t甲方付款\n\t乙方收款', '1.\t甲方\n以后再说', `1.\t${'长'.repeat(101)}\n2.\t短`]) expect(cellsOf('', text)).toBeNull()
    expect(plain(cellsOf('', '1.\t甲方付款', true))).toEqual([['1.', '甲方付款']])
    expect(plain(cellsOf('<table><tr><td>共<span data-field="k" data-type="amount" data-value="1.00">1元</span></td></tr></table>', ''))).toEqual([['共1.00']])
    expect(cellsOf(`<p>前文</p>${sheet}`, '')).toBeNull()
    expect(cellsOf('', '一句话')).toBeNull()
  })

  it('keeps its words and nothing else', () => {
    const html = cleanTables(`<p>前文</p>${sheet}`)
    expect(html).toMatch(/^<p>前文<\/p>.*<table><tbody><tr><td data-column="[0-9a-f]{8}">物 品<\/td>/)
    expect(html).not.toMatch(/style=|colspan|<b>/)
    expect(cleanTables('<p>没有表</p>')).toBe('<p>没有表</p>')
  })

  it('fills the cells from the cursor on, and the table grows with it', () => {
    const one = withTable()
    run(one, (state) => step(state, 1))
    const cells = [['1', '2'], ['3', '4']].map((row) => row.map((text) => [schema.text(text)]))
    run(one, (state) => fillTable(state, cells))
    expect(words(one)).toEqual([['物品', '数量', ''], ['床', '一', ''], ['', '1', '2'], ['', '3', '4']])
    expect(problemOf(one.editor.view.state.doc)).toBeNull()
  })
})
