// The shared draft of an agreement: plain ProseMirror over Yjs, over whatever carries the updates.
//
// The server seeds the document and sends its state; an editor opens on that state and never on an empty document, which two browsers would
// fill twice. The server grants the client id. An update that the server refuses leaves this copy ahead of the others: close the editor and
// open it again on a fresh state.
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

const REMOTE = Symbol('remote')

/** Carries updates; both `on…` return a function that stops them. `base` is the number of the last entry of the server's log that an edit was made on. */
export interface Transport {
  send(update: Uint8Array, base: number): void
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
  /** The clause that the cursor is in, whenever it is another one or was altered. */
  selected?: (clause: Node | null) => void
  clock?: Clock
}

export interface Editor {
  view: EditorView
  doc: Y.Doc
  undo(): boolean
  redo(): boolean
  /** Ask `permission` again, for instance after the stage changed. */
  refresh(): void
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
  const stop = [...carryUpdates(doc, options, composing), ...carryCursors(awareness, options.transport, composing)]
  return {
    view,
    doc,
    undo: () => undo(view.state),
    redo: () => redo(view.state),
    refresh: () => view.setProps({}),
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
    findingsPlugin(),
    caretPlugin(),
    plainPlugin(),
    selectionPlugin(options.selected ?? (() => undefined)),
    identityPlugin(() => `terms-${crypto.randomUUID().slice(0, 13)}`),
    keymap({
      'Mod-z': undo,
      'Mod-y': redo,
      'Shift-Mod-z': redo,
      Enter: chainCommands(splitListItem(schema.nodes.list_item!), splitBlock),
    }),
    keymap({ ...baseKeymap, Enter: splitBlock }),
  ]
}

function selectionPlugin(selected: (clause: Node | null) => void): Plugin {
  let last: Node | null | undefined
  return new Plugin({
    view: () => ({
      update({ state }) {
        const here = clauseAt(state.doc, state.selection.from)?.node ?? null
        if (here !== last) selected((last = here))
      },
    }),
  })
}

/** Remote updates wait while somebody composes here; one's own leave as one when the composition is over. */
function carryUpdates(doc: Y.Doc, { transport, seq }: Options, composing: Composing): (() => void)[] {
  let own: Uint8Array[] = []
  let [known, base] = [seq, seq]
  const flush = (): void => {
    const updates = own
    own = []
    if (updates.length > 0) transport.send(updates.length === 1 ? updates[0]! : Y.mergeUpdates(updates), base)
  }
  const leave = (update: Uint8Array, origin: unknown): void => {
    if (origin === REMOTE) return
    if (own.length === 0) base = known
    own.push(update)
    composing.run(flush)
  }
  doc.on('update', leave)
  const end = transport.onUpdate((update, entry) =>
    composing.run(() => {
      Y.applyUpdate(doc, update, REMOTE)
      known = entry
    }),
  )
  return [end, () => doc.off('update', leave)]
}

function carryCursors(awareness: Awareness, transport: Transport, composing: Composing): (() => void)[] {
  const leave = (_changes: unknown, origin: unknown): void => {
    if (origin === 'local') transport.sendCursor(encodeAwarenessUpdate(awareness, [awareness.clientID]))
  }
  awareness.on('update', leave)
  const end = transport.onCursor((update) => composing.run(() => applyAwarenessUpdate(awareness, update, REMOTE)))
  return [end, () => awareness.off('update', leave)]
}
