// Where the cursor stays when others edit. y-prosemirror keeps it beside the character that it stood at; whoever puts a field into a run of text writes what
// stands behind anew, so that this character is gone and the cursor falls to the field, a line away from where its owner was typing.
import type { Node } from 'prosemirror-model'
import { Plugin, TextSelection } from 'prosemirror-state'
import { ySyncPluginKey } from 'y-prosemirror'
import { isRemote } from './permission'

/** A position after the change that made `now` of `old`; null within what changed, where nothing better is known. */
export function moved(old: Node, now: Node, position: number): number | null {
  const start = old.content.findDiffStart(now.content)
  const end = old.content.findDiffEnd(now.content)
  if (start === null || end === null) return position
  // What repeats itself would be counted from both ends.
  const overlap = Math.max(0, start - Math.min(end.a, end.b))
  const [a, b] = [end.a + overlap, end.b + overlap]
  if (position < start) return position
  return position >= a && a > start ? position + b - a : null
}

/** Puts the cursor back among the words where it stood. */
export function caretPlugin(): Plugin {
  return new Plugin({
    appendTransaction(transactions, before, after) {
      const remote = transactions.filter((transaction) => transaction.docChanged)
      // Undo comes as a change of the document's, too, and has its own idea of where the cursor belongs.
      const undone = remote.some((transaction) => (transaction.getMeta(ySyncPluginKey) as { isUndoRedoOperation?: boolean } | undefined)?.isUndoRedoOperation)
      if (remote.length === 0 || undone || !remote.every(isRemote) || !(before.selection instanceof TextSelection)) return null
      const anchor = moved(before.doc, after.doc, before.selection.anchor)
      const head = moved(before.doc, after.doc, before.selection.head)
      if (anchor === null || head === null || (anchor === after.selection.anchor && head === after.selection.head)) return null
      const [$anchor, $head] = [after.doc.resolve(anchor), after.doc.resolve(head)]
      if (!$anchor.parent.inlineContent || !$head.parent.inlineContent) return null
      return after.tr.setSelection(new TextSelection($anchor, $head)).setMeta('addToHistory', false)
    },
  })
}
