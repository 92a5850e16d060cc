// Keys, paste and the look of tables in the editor, and what is told before the server would refuse it.
import type { Node } from 'prosemirror-model'
import { Plugin } from 'prosemirror-state'
import type { Command, EditorState, Transaction } from 'prosemirror-state'
import { Decoration, DecorationSet } from 'prosemirror-view'
import { cellsOf, cleanTables } from './pasted'
import { isRemote } from './permission'
import { schema } from './schema'
import { climb, emptyCells, enter, fillTable, inTable, insertTable, problemOf, step, tableOf } from './tables'

const does = (make: (state: EditorState) => Transaction | null): Command => (state, dispatch) => {
  const change = make(state)
  if (change) dispatch?.(change)
  return change !== null
}

/** At a cell's edge nothing is joined to its neighbour. */
const atEdge = (end: boolean): Command => ({ selection }) => {
  const { $from } = selection
  return selection.empty && $from.parent.type.name === 'table_cell' && $from.parentOffset === (end ? $from.parent.content.size : 0)
}

const climbs = (by: 1 | -1): Command => (state, dispatch, view) => Boolean(view?.endOfTextblock(by > 0 ? 'down' : 'up')) && state.selection.empty && does((now) => climb(now, by))(state, dispatch)

/** Before the keys of the text. */
export const TABLE_KEYS: Record<string, Command> = {
  Tab: does((state) => step(state, 1)),
  'Shift-Tab': does((state) => step(state, -1)),
  Enter: does(enter),
  ArrowDown: climbs(1),
  ArrowUp: climbs(-1),
  Backspace: (state, dispatch) => does(emptyCells)(state, dispatch) || atEdge(false)(state),
  Delete: (state, dispatch) => does(emptyCells)(state, dispatch) || atEdge(true)(state),
}

export function tablesPlugin(refused: (code: string, limit?: number) => void): Plugin {
  let seen: { doc: Node; heads: DecorationSet } | null = null
  return new Plugin({
    filterTransaction(transaction, state) {
      if (!transaction.docChanged || isRemote(transaction)) return true
      const found = problemOf(transaction.doc)
      // What came so from elsewhere is the server's to judge.
      if (!found || problemOf(state.doc)) return true
      refused(found.code, found.limit)
      return false
    },
    props: {
      decorations({ doc }) {
        if (seen?.doc !== doc) seen = { doc, heads: DecorationSet.create(doc, heads(doc)) }
        return seen.heads
      },
      transformPastedHTML: cleanTables,
      handlePaste({ state, dispatch }, event, slice) {
        const data = event.clipboardData
        const here = inTable(state)
        const cells = data && cellsOf(data.getData('text/html'), data.getData('text/plain'), here !== null)
        if (cells) {
          const change = here ? fillTable(state, cells) : insertTable(state, tableOf(cells))
          if (change) dispatch(change)
          return change !== null
        }
        if (!here || (slice.content.childCount <= 1 && (slice.content.firstChild?.inlineContent ?? true))) return false
        // Paragraphs would break the row in two.
        dispatch((emptyCells(state) ?? state.tr).insertText(slice.content.textBetween(0, slice.content.size, ' ').trim()))
        return true
      },
      handleTextInput({ state, dispatch }, _from, _to, text) {
        const emptied = emptyCells(state)
        if (emptied) dispatch(emptied.insertText(text))
        return emptied !== null
      },
    },
  })
}

function heads(doc: Node): Decoration[] {
  const found: Decoration[] = []
  doc.forEach((clause, at) =>
    clause.forEach((block, offset) => {
      if (block.type !== schema.nodes.table) return
      block.child(0).forEach((cell, inside) => {
        const begin = at + 1 + offset + 1 + 1 + inside
        found.push(Decoration.node(begin, begin + cell.nodeSize, { role: 'columnheader' }))
      })
    }),
  )
  return found
}
