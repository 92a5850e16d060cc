// Tables that are pasted: from a spreadsheet, a text program or a page. Of each only words and our own fields are kept, in even rows; cells that were one become several.
import type { Node } from 'prosemirror-model'
import { LIMITS, FIELD_TYPES, newField, newId, schema } from './schema'
import type { FieldType } from './schema'

export type Cells = Node[][][]

/** The cells of what is pasted, where it is one table and nothing else; null where it is not. `inside` a table any tab parts two cells. */
export function cellsOf(html: string, text: string, inside = false): Cells | null {
  if (html) {
    const body = parsed(html)
    const tables = outermost(body)
    if (tables.length !== 1) return null
    const cells = read(tables[0]!)
    tables[0]!.remove()
    for (const unseen of body.querySelectorAll('style, title, meta, script')) unseen.remove()
    return body.textContent!.trim() || !cells.length ? null : cells
  }
  const lines = text.replace(/[\r\n]+$/, '').split(/\r?\n/).map((line) => line.split('\t'))
  // Paragraphs that are numbered or indented by a tab are no table: its lines have as many cells each, and words in the first.
  const even = lines.length > 1 && lines.every((cells) => cells.length > 1 && cells.length === lines[0]!.length && cells[0]!.trim())
  const short = lines.flat().every((words) => words.trim().length <= LIMITS.cell)
  if (inside ? !text.includes('\t') : !even || !short) return null
  return lines.map((cells) => cells.map((words) => (words.trim() ? [schema.text(words.trim())] : [])))
}

/** HTML whose tables are clean; all else is left to the editor's schema. */
export function cleanTables(html: string): string {
  if (!/<table/i.test(html)) return html
  const body = parsed(html)
  for (const table of outermost(body)) {
    const cells = read(table)
    const fresh = body.ownerDocument.createElement('table')
    const columns = Array.from({ length: Math.max(0, ...cells.map((row) => row.length)) }, newId)
    for (const row of cells) {
      const line = fresh.insertRow()
      columns.forEach((column, n) => {
        const place = line.insertCell()
        place.dataset.column = column
        for (const node of row[n] ?? []) place.append(node.isText ? node.text! : fieldElement(node, body.ownerDocument))
      })
    }
    if (cells.length) table.replaceWith(fresh)
    else table.remove()
  }
  return body.innerHTML
}

const parsed = (html: string): HTMLElement => new DOMParser().parseFromString(html, 'text/html').body

const outermost = (body: HTMLElement): HTMLTableElement[] => [...body.querySelectorAll('table')].filter((table) => !table.parentElement?.closest('table'))

function read(table: HTMLTableElement): Cells {
  const cells: Cells = []
  ;[...table.rows].forEach((row, r) => {
    let c = 0
    for (const place of row.cells) {
      while (cells[r]?.[c]) c++
      // One more than there may be is enough to say that there are too many.
      const [wide, high] = [Math.min(place.colSpan, LIMITS.columns + 1), Math.min(place.rowSpan || 1, table.rows.length - r)]
      for (let down = 0; down < high; down++) for (let right = 0; right < wide; right++) (cells[r + down] ??= [])[c + right] = down || right ? [] : content(place)
      c += wide
    }
    cells[r] ??= []
  })
  const width = Math.max(0, ...cells.map((row) => row.length))
  return width ? cells.map((row) => Array.from({ length: width }, (_, n) => row[n] ?? [])) : []
}

/** Words with single spaces between, and our own fields under new names. */
function content(place: HTMLElement): Node[] {
  const found: Node[] = []
  let words = ''
  const flush = (): void => {
    const text = words.replace(/\s+/g, ' ')
    const kept = found.length ? text.trimEnd() : text.trim()
    if (kept) found.push(schema.text(kept))
    words = ''
  }
  const walk = (node: globalThis.Node): void => {
    if (node instanceof HTMLElement && FIELD_TYPES.includes(node.dataset.type as FieldType)) {
      flush()
      found.push(newField(node.dataset.type as FieldType, node.dataset.value ?? ''))
    } else if (node.nodeType === 3) words += node.textContent
    else {
      const block = /^(P|DIV|LI|BR|TR|TD)$/.test(node.nodeName)
      if (block) words += ' '
      if (!/^(STYLE|SCRIPT)$/.test(node.nodeName)) node.childNodes.forEach(walk)
      if (block) words += ' '
    }
  }
  place.childNodes.forEach(walk)
  flush()
  return found
}

function fieldElement({ attrs }: Node, document: Document): HTMLElement {
  const span = document.createElement('span')
  Object.assign(span.dataset, { field: attrs.key, type: attrs.type, value: attrs.value })
  return span
}
