// Tables in a clause: what a button or a key does to them, each one transaction. Cells keep the name of their column, so that Yjs finds each again when somebody else
// changes the same table; the server refuses a table whose rows have not the columns of its head.
import type { Node } from 'prosemirror-model'
import { TextSelection } from 'prosemirror-state'
import type { EditorState, Transaction } from 'prosemirror-state'
import { LIMITS, clauseAt, newId, schema } from './schema'

/** Where the cursor is: the table, where it begins, and the cell by row and column. */
export interface InTable {
  table: Node
  at: number
  row: number
  column: number
}
/** Cells by row and column. */
export type Grid = Node[][]
export type TableAct = 'addRow' | 'removeRow' | 'addColumn' | 'removeColumn'

const [TABLE, ROW, CELL] = [schema.nodes.table!, schema.nodes.table_row!, schema.nodes.table_cell!]

const cell = (column: string, content: readonly Node[] = []): Node => CELL.create({ column }, content)

export function inTable({ selection: { $from } }: EditorState): InTable | null {
  if ($from.parent.type !== CELL) return null
  const depth = $from.depth - 2
  return { table: $from.node(depth), at: $from.before(depth), row: $from.index(depth), column: $from.index(depth + 1) }
}

const gridOf = (table: Node): Grid => table.children.map((row) => [...row.children])

/** A table of these cells' content; rows that are shorter are filled up. */
export function tableOf(rows: readonly (readonly Node[])[][]): Node {
  const width = Math.max(...rows.map((row) => row.length))
  const columns = Array.from({ length: width }, newId)
  return made(rows.map((row) => columns.map((column, n) => cell(column, row[n]))))
}

const made = (grid: Grid): Node => TABLE.create(null, grid.map((row) => ROW.create(null, row)))

/** Behind the block of the clause in which the cursor is, or in the place of an empty paragraph there. */
export function insertTable(state: EditorState, table = tableOf([[[], []], [[], []], [[], []]])): Transaction | null {
  const { $from } = state.selection
  if (!clauseAt(state.doc, $from.pos) || !$from.parent.isTextblock) return null
  const block = $from.node(2)
  const [begin, end] = [$from.before(2), $from.after(2)]
  const bare = block.type.name === 'paragraph' && block.content.size === 0
  const change = bare ? state.tr.replaceWith(begin, end, table) : state.tr.insert(end, table)
  return toCell(change, bare ? begin : end, 0, 0)
}

/** The row or column beside the cursor comes or goes; with its last one the table does. */
export function changeTable(state: EditorState, what: TableAct): Transaction | null {
  const here = inTable(state)
  if (!here) return null
  const { row, column } = here
  const grid = gridOf(here.table)
  const added = newId()
  if (what === 'addRow') grid.splice(row + 1, 0, grid[row]!.map((one) => cell(one.attrs.column as string)))
  else if (what === 'removeRow') grid.splice(row, 1)
  else if (what === 'addColumn') for (const line of grid) line.splice(column + 1, 0, cell(added))
  else for (const line of grid) line.splice(column, 1)
  if (!grid[0]?.length) return withoutTable(state, here)
  const [down, right] = [what === 'addRow' ? 1 : 0, what === 'addColumn' ? 1 : 0]
  return put(state, here, grid, Math.min(row + down, grid.length - 1), Math.min(column + right, grid[0].length - 1))
}

/** Pasted cells over those from the cursor on; the table grows where they reach beyond it. */
export function fillTable(state: EditorState, cells: readonly (readonly Node[])[][]): Transaction | null {
  const here = inTable(state)
  if (!here) return null
  const grid = gridOf(here.table)
  const width = Math.max(...cells.map((row) => row.length))
  while (grid[0]!.length < here.column + width) {
    const column = newId()
    for (const row of grid) row.push(cell(column))
  }
  while (grid.length < here.row + cells.length) grid.push(grid[0]!.map((one) => cell(one.attrs.column as string)))
  cells.forEach((row, r) => row.forEach((content, c) => {
    const line = grid[here.row + r]!
    line[here.column + c] = cell(line[here.column + c]!.attrs.column as string, content)
  }))
  return put(state, here, grid, here.row, here.column)
}

/** To the next cell or the one before, in reading order; behind the last one a row is added. */
export function step(state: EditorState, by: 1 | -1): Transaction | null {
  const here = inTable(state)
  if (!here) return null
  const width = here.table.child(here.row).childCount
  const next = here.row * width + here.column + by
  if (next < 0) return null
  if (next < width * here.table.childCount) return toCell(state.tr, here.at, Math.floor(next / width), next % width)
  const grown = changeTable(state, 'addRow')
  return grown && toCell(grown, here.at, here.row + 1, 0)
}

/** To the cell above or below; null where there is none. */
export function climb(state: EditorState, by: 1 | -1): Transaction | null {
  const here = inTable(state)
  if (!here || here.row + by < 0 || here.row + by >= here.table.childCount) return null
  return toCell(state.tr, here.at, here.row + by, here.column)
}

/** Enter goes down, and from the last row out of the table: into a paragraph of its own where none follows. */
export function enter(state: EditorState): Transaction | null {
  const here = inTable(state)
  if (!here) return null
  const below = climb(state, 1)
  if (below) return below
  const end = here.at + here.table.nodeSize
  const change = state.tr
  if (state.doc.resolve(end).nodeAfter?.type.name !== 'paragraph') change.insert(end, schema.node('paragraph'))
  return change.setSelection(TextSelection.create(change.doc, end + 1)).scrollIntoView()
}

/** What is marked over several cells of a table is emptied; the cells stay. */
export function emptyCells(state: EditorState): Transaction | null {
  const { $from, $to, from, to } = state.selection
  if ($from.parent.type !== CELL || $to.parent.type !== CELL || $from.sameParent($to) || $from.node(2) !== $to.node(2)) return null
  const ranges: [number, number][] = []
  state.doc.nodesBetween(from, to, (node, at) => {
    if (node.type === CELL) ranges.push([Math.max(from, at + 1), Math.min(to, at + node.nodeSize - 1)])
  })
  const change = state.tr
  for (const [begin, end] of ranges.reverse()) if (begin < end) change.delete(begin, end)
  return change.setSelection(TextSelection.create(change.doc, from))
}

/** Why a table cannot be so, as the server would say it. */
export function problemOf(doc: Node): { code: string; limit?: number } | null {
  for (const clause of doc.children) {
    const tables = clause.children.filter((block) => block.type === TABLE)
    if (tables.length > LIMITS.tables) return { code: 'too_many_tables', limit: LIMITS.tables }
    for (const table of tables) {
      const found = problemIn(table)
      if (found) return found
    }
  }
  return null
}

function problemIn(table: Node): { code: string; limit?: number } | null {
  if (table.childCount > LIMITS.rows) return { code: 'too_many_rows', limit: LIMITS.rows }
  const columns = table.child(0).children.map((one) => one.attrs.column as string)
  if (columns.length > LIMITS.columns) return { code: 'too_many_columns', limit: LIMITS.columns }
  for (const [number, row] of table.children.entries()) {
    if (row.childCount !== columns.length || row.children.some((one, n) => one.attrs.column !== columns[n])) return { code: 'uneven_table' }
    const limit = number ? LIMITS.cell : LIMITS.head
    if (row.children.some((one) => lengthOf(one) > limit)) return { code: 'too_long_cell', limit }
  }
  return null
}

/** As the server counts. */
const lengthOf = (one: Node): number => one.children.reduce((sum, part) => sum + (part.isText ? [...part.text!].length : Math.max(4, [...String(part.attrs.value)].length)), 0)

function put(state: EditorState, { at, table }: InTable, grid: Grid, row: number, column: number): Transaction {
  return toCell(state.tr.replaceWith(at, at + table.nodeSize, made(grid)), at, row, column)
}

function withoutTable(state: EditorState, { at, table }: InTable): Transaction {
  const change = state.tr.replaceWith(at, at + table.nodeSize, schema.node('paragraph'))
  return change.setSelection(TextSelection.create(change.doc, at + 1))
}

/** The cursor to the end of a cell of the table that begins at `at`. */
function toCell(change: Transaction, at: number, row: number, column: number): Transaction {
  const table = change.doc.nodeAt(at)!
  let place = at + 1
  for (let n = 0; n < row; n++) place += table.child(n).nodeSize
  place++
  for (let n = 0; n < column; n++) place += table.child(row).child(n).nodeSize
  return change.setSelection(TextSelection.create(change.doc, place + table.child(row).child(column).nodeSize - 1)).scrollIntoView()
}
