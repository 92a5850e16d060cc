// The agreement as ProseMirror sees it. The same names, kinds and limits stand in agreements/schema.py, which judges every update;
// a test on that side compares the two files.
import { Schema } from 'prosemirror-model'
import type { Node, NodeSpec } from 'prosemirror-model'

export const ROOT = 'agreement'
export const KINDS = ['parties', 'facts', 'disputes', 'terms', 'performance', 'copies'] as const
export const STATUSES = ['open', 'proposed', 'agreed'] as const
export const FIELD_TYPES = ['party', 'id_number', 'amount', 'date', 'manner', 'account', 'text'] as const

/** Of tables: of how many in one clause, and of characters in a cell and in one of the head. */
export const LIMITS = { tables: 5, rows: 60, columns: 6, cell: 100, head: 30 } as const

export type Kind = (typeof KINDS)[number]
export type FieldType = (typeof FIELD_TYPES)[number]

/** What a field's value must look like; the empty value always passes while drafting. */
export const PATTERNS: Partial<Record<FieldType, RegExp>> = {
  amount: /^(0|[1-9][0-9]{0,11})\.[0-9]{2}$/,
  date: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
  id_number: /^[0-9A-Z*()（）-]{4,40}$/,
}

const data = (name: string, value: unknown): Record<string, string> => ({ [`data-${name}`]: String(value) })
const read = (node: HTMLElement, name: string): string => node.getAttribute(`data-${name}`) ?? ''

const nodes: Record<string, NodeSpec> = {
  doc: { content: 'clause+' },
  clause: {
    content: '(paragraph | bullet_list | ordered_list | table)+',
    isolating: true,
    defining: true,
    attrs: { id: { default: '' }, kind: { default: 'terms' }, title: { default: '' }, status: { default: 'open' }, locked_by: { default: '' } },
    parseDOM: [
      {
        tag: 'section[data-clause]',
        getAttrs: (node) => ({ id: read(node, 'clause'), kind: read(node, 'kind'), title: read(node, 'title'), status: 'open', locked_by: '' }),
      },
    ],
    toDOM: ({ attrs }) => [
      'section',
      { class: 'clause', ...data('clause', attrs.id), ...data('kind', attrs.kind), ...data('title', attrs.title), ...data('status', attrs.status), ...data('locked', attrs.locked_by) },
      0,
    ],
  },
  paragraph: { content: '(text | field)*', marks: '', parseDOM: [{ tag: 'p' }], toDOM: () => ['p', 0] },
  bullet_list: { content: 'list_item+', parseDOM: [{ tag: 'ul' }], toDOM: () => ['ul', 0] },
  ordered_list: { content: 'list_item+', parseDOM: [{ tag: 'ol' }], toDOM: () => ['ol', 0] },
  list_item: { content: 'paragraph+', defining: true, parseDOM: [{ tag: 'li' }], toDOM: () => ['li', 0] },
  // On a narrow screen a table scrolls sideways by itself.
  table: { content: 'table_row+', isolating: true, parseDOM: [{ tag: 'table' }], toDOM: () => ['div', { class: 'table' }, ['table', ['tbody', 0]]] },
  table_row: { content: 'table_cell+', parseDOM: [{ tag: 'tr' }], toDOM: () => ['tr', 0] },
  table_cell: {
    content: '(text | field)*',
    marks: '',
    isolating: true,
    attrs: { column: { default: '' } },
    parseDOM: ['td', 'th'].map((tag) => ({ tag, getAttrs: (node: HTMLElement) => ({ column: read(node, 'column') }) })),
    toDOM: ({ attrs }) => ['td', data('column', attrs.column), 0],
  },
  field: {
    inline: true,
    atom: true,
    // Selected as a whole, it would be replaced by the next key.
    selectable: false,
    attrs: { key: { default: '' }, type: { default: 'text' }, value: { default: '' } },
    parseDOM: [{ tag: 'span[data-field]', getAttrs: (node) => ({ key: read(node, 'field'), type: read(node, 'type'), value: read(node, 'value') }) }],
    toDOM: ({ attrs }) => ['span', { ...data('field', attrs.key), ...data('type', attrs.type), ...data('value', attrs.value) }, String(attrs.value)],
    leafText: (node) => String(node.attrs.value),
  },
  text: {},
}

export const schema = new Schema({ nodes })

/** Whether a value fits its field; the server asks the same and refuses what does not. */
export function fits(type: FieldType, value: string): boolean {
  if (value === '') return true
  if (type === 'date' && PATTERNS.date?.test(value)) {
    const parsed = new Date(`${value}T00:00:00Z`)
    return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value)
  }
  return PATTERNS[type]?.test(value) ?? true
}

/** Clauses by id, in order. */
export function clausesOf(doc: Node): Map<string, Node> {
  const found = new Map<string, Node>()
  doc.forEach((clause) => found.set(String(clause.attrs.id), clause))
  return found
}

/** A clause and where it begins. */
export function clauseAt(doc: Node, position: number): { node: Node; at: number } | null {
  let found: { node: Node; at: number } | null = null
  doc.forEach((node, at) => {
    if (at <= position && position <= at + node.nodeSize) found ??= { node, at }
  })
  return found
}

/** The paragraphs of a clause in reading order, those of lists and the cells of tables included, and where they begin. */
export function paragraphsOf(doc: Node, clause: string): { node: Node; at: number }[] {
  const found: { node: Node; at: number }[] = []
  doc.forEach((section, offset) => {
    if (section.attrs.id !== clause) return
    section.descendants((node, position) => {
      if (node.isTextblock) found.push({ node, at: offset + 1 + position })
      return !node.isTextblock
    })
  })
  return found
}

/** Unlike any other: two fields of one name would be taken for one. */
export const newId = (): string => crypto.randomUUID().slice(0, 8)

export const newField = (type: FieldType, value = ''): Node => schema.node('field', { key: `${type}.${newId()}`, type, value })
