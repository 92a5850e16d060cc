// Edits that people make by a button: each one transaction, so that one undo takes it back.
import type { Node } from 'prosemirror-model'
import { Selection, TextSelection } from 'prosemirror-state'
import type { EditorState, Transaction } from 'prosemirror-state'
import { clauseAt, newField, newId, schema } from './schema'
import type { FieldType } from './schema'
import { tableOf } from './tables'

/** Of a remark, as the server has it. */
const QUOTE_LIMIT = 200

/** A clause in the plain form of agreements/schema.py, without id and lock. */
export interface PlainClause {
  title: string
  blocks: PlainBlock[]
}
type PlainPart = { type: 'text'; text: string } | { type: 'field'; key: string; field: FieldType; value: string }
interface PlainParagraph {
  type: 'paragraph'
  content: PlainPart[]
}
type PlainBlock = PlainParagraph | { type: 'table'; rows: PlainParagraph[][] } | { type: 'bullet_list' | 'ordered_list'; items: PlainParagraph[][] }

/** As people read it; what is to be filled in stands as a blank. */
export function plainWords(clause: PlainClause): string {
  const words = ({ content }: PlainParagraph): string => content.map((part) => (part.type === 'text' ? part.text : part.value || '＿＿')).join('')
  const block = (one: PlainBlock): string => {
    if (one.type === 'paragraph') return words(one)
    if (one.type === 'table') return one.rows.map((row) => row.map(words).join('｜')).join('；')
    return one.items.flatMap((item) => item.map(words)).join('')
  }
  return clause.blocks.map(block).join('')
}

/** The marked words, where they lie in one paragraph and between fields; else none. */
export function quoteOf({ doc, selection }: EditorState): string {
  const { $from, $to, from, to } = selection
  if (selection.empty || !$from.sameParent($to)) return ''
  let plain = true
  doc.nodesBetween(from, to, (node) => void (node.type.name === 'field' && (plain = false)))
  const words = plain ? doc.textBetween(from, to) : ''
  return words.trim() && words.length <= QUOTE_LIMIT ? words : ''
}

/** How often a clause says these words, in one paragraph and between fields: those of a remark stand there once, or they cannot be changed by it. */
export function timesIn(clause: Node | undefined, words: string): number {
  let found = 0
  clause?.descendants((node) => {
    if (!node.isTextblock) return true
    const text = node.textBetween(0, node.content.size, undefined, '\n')
    for (let at = text.indexOf(words); words && at >= 0; at = text.indexOf(words, at + 1)) found++
    return false
  })
  return found
}

/** Put a field where the cursor is; null where no text is. */
export function insertField(state: EditorState, type: FieldType, value: string): Transaction | null {
  if (!state.selection.$from.parent.isTextblock) return null
  return state.tr.replaceSelectionWith(newField(type, value), false).scrollIntoView()
}

/** Put clauses behind the one at the cursor, or in the place of an empty one there; behind the last terms where the cursor is elsewhere. */
export function insertClauses(state: EditorState, plain: readonly PlainClause[]): Transaction | null {
  const nodes = plain.map(clauseNode)
  const here = clauseAt(state.doc, state.selection.from)
  const target = here && here.node.attrs.kind === 'terms' ? here : lastTerms(state.doc)
  if (!target || nodes.length === 0) return null
  const { node, at } = target
  const empty = node.textContent.trim() === '' && node.attrs.locked_by === '' && !hasField(node)
  const change = empty ? state.tr.replaceWith(at, at + node.nodeSize, nodes) : state.tr.insert(at + node.nodeSize, nodes)
  const begin = empty ? at : at + node.nodeSize
  return change.setSelection(Selection.near(change.doc.resolve(begin + 1))).scrollIntoView()
}

/** Without the clause at the cursor; null for one that every agreement must have. */
export function removeClause(state: EditorState): Transaction | null {
  const here = clauseAt(state.doc, state.selection.from)
  if (!here || here.node.attrs.kind !== 'terms') return null
  const terms = count(state.doc, (clause) => clause.attrs.kind === 'terms')
  if (terms > 1) return state.tr.delete(here.at, here.at + here.node.nodeSize)
  // The last one stays, emptied: there must be something to write in.
  const bare = schema.node('clause', { ...here.node.attrs, title: '', locked_by: '' }, [schema.node('paragraph')])
  const change = state.tr.replaceWith(here.at, here.at + here.node.nodeSize, bare)
  return change.setSelection(TextSelection.near(change.doc.resolve(here.at + 2)))
}

/** Nobody but the mediator writes in a locked clause. */
export function setLock(state: EditorState, seat: string): Transaction | null {
  const here = clauseAt(state.doc, state.selection.from)
  return here && state.tr.setNodeAttribute(here.at, 'locked_by', seat)
}

export interface Instalment {
  amount: string
  date: string
}

/** A sum paid in parts, behind the paragraph at the cursor: fields PLAN.total, PLAN.1.amount, PLAN.1.date, …, which the server adds up. */
export function insertPlan(state: EditorState, parties: [string, string], total: string, parts: readonly Instalment[]): Transaction | null {
  const { $from } = state.selection
  const here = clauseAt(state.doc, $from.pos)
  if (!here || !$from.parent.isTextblock) return null
  const plan = `plan-${newId()}`
  const field = (name: string, type: FieldType, value: string): Node => schema.node('field', { key: `${plan}.${name}`, type, value })
  const text = (words: string): Node => schema.text(words)
  const head = schema.node('paragraph', null, [newField('party', parties[0]), text('向'), newField('party', parties[1]), text('支付共计'), field('total', 'amount', total), text('，分期支付：')])
  const items = parts.map((part, n) =>
    schema.node('list_item', null, [
      schema.node('paragraph', null, [text('于'), field(`${n + 1}.date`, 'date', part.date), text('前支付'), field(`${n + 1}.amount`, 'amount', part.amount), text(n + 1 < parts.length ? '；' : '。')]),
    ]),
  )
  // Lists stand in clauses, never in one another: behind the block of the clause in which the cursor is.
  const block = $from.node(2)
  const at = $from.before(2) + block.nodeSize
  const bare = block.type.name === 'paragraph' && block.content.size === 0
  const nodes = [head, schema.node('ordered_list', null, items)]
  return (bare ? state.tr.replaceWith($from.before(2), at, nodes) : state.tr.insert(at, nodes)).scrollIntoView()
}

/** Instalments of equal size, the odd fen in the last; on the same day of every month, or on the last one where the month is shorter. */
export function equalParts(total: string, count: number, first: string): Instalment[] {
  const fen = BigInt(total.replace('.', ''))
  const each = fen / BigInt(count)
  const yuan = (amount: bigint): string => `${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`
  const [year, month, day] = first.split('-').map(Number) as [number, number, number]
  return Array.from({ length: count }, (_, n) => {
    const last = new Date(Date.UTC(year, month + n, 0)).getUTCDate()
    const date = new Date(Date.UTC(year, month - 1 + n, Math.min(day, last))).toISOString().slice(0, 10)
    return { amount: yuan(n + 1 < count ? each : fen - each * BigInt(count - 1)), date }
  })
}

function clauseNode(plain: PlainClause): Node {
  const plan = `plan-${newId()}`
  const part = (one: PlainPart): Node => {
    if (one.type === 'text') return schema.text(one.text)
    // Fields of one plan stay together; all others get a name of their own.
    return one.key.startsWith('plan.') ? schema.node('field', { key: one.key.replace('plan', plan), type: one.field, value: one.value }) : newField(one.field, one.value)
  }
  const paragraph = ({ content }: PlainParagraph): Node => schema.node('paragraph', null, content.map(part))
  const blocks = plain.blocks.map((block) => {
    if (block.type === 'paragraph') return paragraph(block)
    if (block.type === 'table') return tableOf(block.rows.map((row) => row.map(({ content }) => content.map(part))))
    return schema.node(block.type, null, block.items.map((item) => schema.node('list_item', null, item.map(paragraph))))
  })
  return schema.node('clause', { id: `terms-${newId()}`, kind: 'terms', title: plain.title }, blocks)
}

function lastTerms(doc: Node): { node: Node; at: number } | null {
  let found: { node: Node; at: number } | null = null
  doc.forEach((node, at) => {
    if (node.attrs.kind === 'terms') found = { node, at }
  })
  return found
}

function hasField(clause: Node): boolean {
  let found = false
  clause.descendants((node) => void (found ||= node.type.name === 'field'))
  return found
}

function count(doc: Node, fits: (clause: Node) => boolean): number {
  let found = 0
  doc.forEach((clause) => void (found += fits(clause) ? 1 : 0))
  return found
}
