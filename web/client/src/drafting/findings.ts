// What a court could not confirm or enforce (agreements/linter.py on the server), shown where it stands, and the edit that mends it.
import type { Node } from 'prosemirror-model'
import { Plugin, PluginKey } from 'prosemirror-state'
import type { EditorState, Transaction } from 'prosemirror-state'
import { Decoration, DecorationSet } from 'prosemirror-view'
import type { Finding } from '@/live/messages'
import { newField, paragraphsOf, schema } from './schema'
import type { FieldType } from './schema'

/** Written plainly though a field would say it better: nothing that a court would refuse. */
const TIPS = new Set(['amount_plain', 'date_plain'])

export const isTip = (finding: Finding): boolean => TIPS.has(finding.code)

/** Where a finding stands in this document, null where the words have changed meanwhile. */
export function placeOf(doc: Node, finding: Finding): { from: number; to: number } | null {
  const paragraph = paragraphsOf(doc, finding.clause)[finding.paragraph]
  const part = paragraph?.node.maybeChild(finding.part)
  if (!paragraph || !part) return null
  let at = paragraph.at + 1
  for (let n = 0; n < finding.part; n++) at += paragraph.node.child(n).nodeSize
  if (part.isText) return part.text!.slice(finding.start, finding.end) === finding.quote ? { from: at + finding.start, to: at + finding.end } : null
  return part.type.name === 'field' && part.attrs.value === finding.quote ? { from: at, to: at + 1 } : null
}

/** The edit that mends it; null where there is none, or the words have changed. */
export function mendOf(state: EditorState, finding: Finding): Transaction | null {
  const { mend } = finding
  const place = placeOf(state.doc, finding)
  if (!mend || !place) return null
  if (mend.how === 'set') return state.tr.setNodeAttribute(place.from, 'value', mend.value ?? '')
  const pieces = (mend.pieces ?? []).map((piece) => (piece.type ? newField(piece.type as FieldType, piece.value ?? '') : schema.text(piece.text ?? '')))
  return state.tr.replaceWith(place.from, place.to, pieces)
}

const key = new PluginKey<DecorationSet>('findings')

/** Marks the words; they move with the text until the server has judged it again. */
export function findingsPlugin(): Plugin {
  return new Plugin<DecorationSet>({
    key,
    state: {
      init: () => DecorationSet.empty,
      apply(transaction, before) {
        const found = transaction.getMeta(key) as Finding[] | undefined
        return found ? DecorationSet.create(transaction.doc, decorations(transaction.doc, found)) : before.map(transaction.mapping, transaction.doc)
      },
    },
    props: { decorations: (state) => key.getState(state) },
  })
}

function decorations(doc: Node, found: readonly Finding[]): Decoration[] {
  return found.flatMap((finding) => {
    const place = placeOf(doc, finding)
    return place && !isTip(finding) ? [Decoration.inline(place.from, place.to, { class: 'finding' })] : []
  })
}

export const showFindings = (state: EditorState, found: readonly Finding[]): Transaction => state.tr.setMeta(key, found).setMeta('addToHistory', false)
