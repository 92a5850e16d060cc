// A field in the text: its value with an ochre underline, dashed and named where it is still missing. A tap hands it to the page, which
// opens the right control (calendar, sum with capitals, list of manners) and calls `set`.
import type { Node } from 'prosemirror-model'
import { TextSelection } from 'prosemirror-state'
import type { EditorView, NodeView } from 'prosemirror-view'
import { fits } from './schema'
import type { FieldType } from './schema'

export interface OpenField {
  key: string
  type: FieldType
  value: string
  /** False where the value does not fit or this seat may not change it. */
  set(value: string): boolean
}

export interface FieldWords {
  /** Shown where the value is missing, such as 待填：履行期限. */
  missing(key: string, type: FieldType): string
  /** The value as people read it: 2026年12月31日, 1,800.00元. */
  shown(type: FieldType, value: string): string
}

export class FieldView implements NodeView {
  readonly dom: HTMLElement

  constructor(
    private node: Node,
    private readonly view: EditorView,
    private readonly position: () => number | undefined,
    private readonly words: FieldWords,
    private readonly open: (field: OpenField) => void,
  ) {
    this.dom = document.createElement('span')
    this.dom.setAttribute('role', 'button')
    this.dom.tabIndex = 0
    this.dom.addEventListener('click', this.tap)
    this.dom.addEventListener('keydown', this.press)
    this.draw()
  }

  update(node: Node): boolean {
    if (node.type !== this.node.type) return false
    this.node = node
    this.draw()
    return true
  }

  stopEvent(event: Event): boolean {
    return event.type === 'click' || event.type === 'keydown'
  }

  ignoreMutation(): boolean {
    return true
  }

  destroy(): void {
    this.dom.removeEventListener('click', this.tap)
    this.dom.removeEventListener('keydown', this.press)
  }

  private draw(): void {
    const { key, type, value } = this.node.attrs as { key: string; type: FieldType; value: string }
    this.dom.className = value === '' ? 'field field-missing' : 'field'
    this.dom.dataset.field = key
    this.dom.dataset.type = type
    this.dom.dataset.value = value
    this.dom.textContent = value === '' ? this.words.missing(key, type) : this.words.shown(type, value)
  }

  private readonly tap = (event: Event): void => {
    event.preventDefault()
    const { key, type, value } = this.node.attrs as { key: string; type: FieldType; value: string }
    const at = this.position()
    // Whoever writes on does so behind the field.
    if (at !== undefined) this.view.dispatch(this.view.state.tr.setSelection(TextSelection.near(this.view.state.doc.resolve(at + 1))))
    this.open({ key, type, value, set: (next) => this.write(type, next) })
  }

  private readonly press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') this.tap(event)
  }

  private write(type: FieldType, value: string): boolean {
    const at = this.position()
    if (at === undefined || !fits(type, value)) return false
    this.view.dispatch(this.view.state.tr.setNodeAttribute(at, 'value', value))
    return this.node.attrs.value === value
  }
}
