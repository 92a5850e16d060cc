// The shared draft of an agreement: plain ProseMirror over Yjs, over whatever carries the updates.
//
// The server seeds the document and sends its state; an editor opens on that state and never on an empty document, which two browsers would
// fill twice. The server grants the client id. After a cut the editor resumes on what the server holds by then, under the same client id, and sends what
// is not acknowledged again. An update that the server refuses leaves this copy ahead of the others: close the editor and open it on a fresh state.
import { baseKeymap, chainCommands, splitBlock } from 'prosemirror-commands'
import { keymap } from 'prosemirror-keymap'
import { splitListItem } from 'prosemirror-schema-list'
import type { Node } from 'prosemirror-model'
import { EditorState, Plugin } from 'prosemirror-state'
import { EditorView } from 'prosemirror-view'
import { redo, undo, yCursorPlugin, ySyncPlugin, yUndoPlugin } from 'y-prosemirror'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { caretPlugin } from './caret'
import { Composing } from './composing'
import type { Clock } from './composing'
import { FieldView } from './field'
import type { FieldWords, OpenField } from './field'
import { findingsPlugin } from './findings'
import { identityPlugin, permissionPlugin } from './permission'
import type { Permission, Refusal } from './permission'
import { plainPlugin } from './plain'
import { ROOT, clauseAt, schema } from './schema'
import { inTable } from './tables'
import { TABLE_KEYS, tablesPlugin } from './tablesPlugin'
import { packed, type Own } from './waiting'

const REMOTE = Symbol('remote')

/** Carries updates; both `on…` return a function that stops them. What `send` does not resolve for stays waiting, until the editor resumes or closes. */
export interface Transport {
  send(edit: Own): Promise<unknown>
  onUpdate(apply: (update: Uint8Array, seq: number) => void): () => void
  sendCursor(update: Uint8Array): void
  onCursor(apply: (update: Uint8Array) => void): () => void
}

export interface Options {
  place: HTMLElement
  /** The whole document as one Yjs update, from the server, as of entry `seq`. */
  state: Uint8Array
  seq: number
  /** Granted by the server; an update under another id is refused. */
  clientId: number
  transport: Transport
  permission: () => Permission
  words: FieldWords
  openField: (field: OpenField) => void
  refused?: (code: Refusal, clause: string) => void
  /** A table cannot be so: the code, and the limit where it is one. */
  tableRefused?: (code: string, limit?: number) => void
  /** The clause that the cursor is in and whether it is in a table there, whenever it is another one or was altered. */
  selected?: (clause: Node | null, table: boolean) => void
  /** The text is another one than before. */
  changed?: () => void
  /** How many of one's own edits the server has not acknowledged, whenever it changes. */
  waiting?: (count: number) => void
  clock?: Clock
}

export interface Editor {
  view: EditorView
  doc: Y.Doc
  undo(): boolean
  redo(): boolean
  /** Ask `permission` again, for instance after the stage changed. */
  refresh(): void
  /** Take in what the server holds after a cut, and send what it has not acknowledged. */
  resume(state: Uint8Array, seq: number): void
  /** One's own edits that were not acknowledged. */
  waiting(): Own[]
  destroy(): void
}

export function openEditor(options: Options): Editor {
  const doc = new Y.Doc()
  doc.clientID = options.clientId
  Y.applyUpdate(doc, options.state, REMOTE)
  const awareness = new Awareness(doc)
  const composing = new Composing(options.clock)
  const view = new EditorView(options.place, {
    state: EditorState.create({ schema, plugins: plugins(doc, awareness, options) }),
    nodeViews: { field: (node, editor, position) => new FieldView(node, editor, position, options.words, options.openField) },
    handleDOMEvents: {
      compositionstart: () => (composing.begin(), false),
      compositionend: () => (composing.end(), false),
    },
  })
  const updates = new Updates(doc, options, composing)
  const stop = [updates.end, ...carryCursors(awareness, options.transport, composing)]
  return {
    view,
    doc,
    undo: () => undo(view.state),
    redo: () => redo(view.state),
    refresh: () => view.setProps({}),
    resume: (state, seq) => updates.resume(state, seq),
    waiting: () => updates.unacknowledged(),
    destroy: () => {
      for (const end of stop) end()
      composing.destroy()
      view.destroy()
      awareness.destroy()
      doc.destroy()
    },
  }
}

function plugins(doc: Y.Doc, awareness: Awareness, options: Options): Plugin[] {
  return [
    ySyncPlugin(doc.getXmlFragment(ROOT)),
    yCursorPlugin(awareness),
    yUndoPlugin(),
    permissionPlugin(options.permission, options.refused ?? (() => undefined)),
    tablesPlugin(options.tableRefused ?? (() => undefined)),
    findingsPlugin(),
    caretPlugin(),
    plainPlugin(),
    watchPlugin(options),
    identityPlugin(() => `terms-${crypto.randomUUID().slice(0, 13)}`),
    keymap(TABLE_KEYS),
    keymap({
      'Mod-z': undo,
      'Mod-y': redo,
      'Shift-Mod-z': redo,
      Enter: chainCommands(splitListItem(schema.nodes.list_item!), splitBlock),
    }),
    keymap({ ...baseKeymap, Enter: splitBlock }),
  ]
}

function watchPlugin({ selected, changed }: Options): Plugin {
  let last: Node | null | undefined
  let table = false
  return new Plugin({
    view: () => ({
      update({ state }, before) {
        if (state.doc !== before.doc) changed?.()
        const here = clauseAt(state.doc, state.selection.from)?.node ?? null
        const within = inTable(state) !== null
        if (here !== last || within !== table) selected?.((last = here), (table = within))
      },
    }),
  })
}

/** Remote updates wait while somebody composes here; one's own leave as one when the composition is over. */
class Updates {
  /** Given to the transport and not acknowledged, in order. */
  waiting: Own[] = []
  readonly end: () => void
  private own: Uint8Array[] = []
  private known: number
  private base: number

  constructor(
    private readonly doc: Y.Doc,
    private readonly options: Options,
    private readonly composing: Composing,
  ) {
    this.known = this.base = options.seq
    doc.on('update', this.leave)
    const stop = options.transport.onUpdate((update, entry) => composing.run(() => this.take(update, entry)))
    this.end = () => (stop(), doc.off('update', this.leave))
  }

  /** Also what is being composed. */
  unacknowledged(): Own[] {
    return this.own.length ? [...this.waiting, { update: Y.mergeUpdates(this.own), base: this.base }] : this.waiting
  }

  resume(state: Uint8Array, seq: number): void {
    this.composing.run(() => {
      this.take(state, seq)
      const again = packed(this.waiting)
      this.waiting = []
      for (const edit of again) this.give(edit)
    })
  }

  private take(update: Uint8Array, entry: number): void {
    Y.applyUpdate(this.doc, update, REMOTE)
    this.known = entry
  }

  private leave = (update: Uint8Array, origin: unknown): void => {
    if (origin === REMOTE) return
    if (this.own.length === 0) this.base = this.known
    this.own.push(update)
    this.composing.run(this.flush)
  }

  private flush = (): void => {
    const updates = this.own
    this.own = []
    if (updates.length > 0) this.give({ update: updates.length === 1 ? updates[0]! : Y.mergeUpdates(updates), base: this.base })
  }

  private give(edit: Own): void {
    this.waiting.push(edit)
    this.tell()
    this.options.transport.send(edit).then(
      () => {
        this.waiting = this.waiting.filter((other) => other !== edit)
        this.tell()
      },
      () => undefined, // whoever carries it knows why, and resumes or closes this editor
    )
  }

  private tell(): void {
    this.options.waiting?.(this.waiting.length)
  }
}

function carryCursors(awareness: Awareness, transport: Transport, composing: Composing): (() => void)[] {
  const leave = (_changes: unknown, origin: unknown): void => {
    if (origin === 'local') transport.sendCursor(encodeAwarenessUpdate(awareness, [awareness.clientID]))
  }
  awareness.on('update', leave)
  const end = transport.onCursor((update) => composing.run(() => applyAwarenessUpdate(awareness, update, REMOTE)))
  return [end, () => awareness.off('update', leave)]
}
