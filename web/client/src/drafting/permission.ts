// What this seat may change. The server decides (agreements/guard.py); asking the same here spares people an edit that would be refused.
import { Plugin } from 'prosemirror-state'
import type { Transaction } from 'prosemirror-state'
import type { Node } from 'prosemirror-model'
import { ySyncPluginKey } from 'y-prosemirror'
import { clausesOf } from './schema'
import type { Kind } from './schema'

export interface Permission {
  seat: string
  mayEdit: boolean
  kinds: readonly Kind[]
  mayLock: boolean
}

export type Refusal = 'may_not_edit' | 'may_not_lock' | 'clause_locked' | 'may_not_edit_clause'

/** The reason why a change of the document is not for this seat, and the clause. */
export function refusal(before: Node, after: Node, who: Permission): { code: Refusal; clause: string } | undefined {
  const old = clausesOf(before)
  const now = clausesOf(after)
  for (const id of new Set([...old.keys(), ...now.keys()])) {
    const versions = [old.get(id), now.get(id)].filter((clause) => clause !== undefined)
    if (versions.length === 2 && versions[0]!.eq(versions[1]!)) continue
    if (!who.mayEdit) return { code: 'may_not_edit', clause: id }
    const locks = new Set(versions.map((clause) => String(clause.attrs.locked_by)))
    if (versions.length === 1) locks.add('')
    if (locks.size > 1 && !who.mayLock) return { code: 'may_not_lock', clause: id }
    const lock = String(versions[0]!.attrs.locked_by)
    if (lock !== '' && lock !== who.seat && !who.mayLock) return { code: 'clause_locked', clause: id }
    if (versions.some((clause) => !who.kinds.includes(clause.attrs.kind as Kind))) return { code: 'may_not_edit_clause', clause: id }
  }
  return undefined
}

/** From the network, or the first rendering: never ours to refuse. */
export const isRemote = (transaction: Transaction): boolean => Boolean((transaction.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean } | undefined)?.isChangeOrigin)

export function permissionPlugin(who: () => Permission, refused: (code: Refusal, clause: string) => void): Plugin {
  return new Plugin({
    props: { editable: () => who().mayEdit },
    filterTransaction(transaction) {
      if (!transaction.docChanged || isRemote(transaction)) return true
      const found = refusal(transaction.before, transaction.doc, who())
      if (found) refused(found.code, found.clause)
      return found === undefined
    },
  })
}

/** A clause that was pasted or split off gets an id of its own; two clauses with one id are refused by the server. */
export function identityPlugin(newId: () => string): Plugin {
  return new Plugin({
    appendTransaction(transactions, _before, state) {
      if (!transactions.some((transaction) => transaction.docChanged && !isRemote(transaction))) return null
      const seen = new Set<string>()
      const change = state.tr
      state.doc.forEach((clause, offset) => {
        const id = String(clause.attrs.id)
        if (id !== '' && !seen.has(id)) seen.add(id)
        else change.setNodeMarkup(offset, undefined, { ...clause.attrs, id: newId(), kind: 'terms', locked_by: '' })
      })
      return change.docChanged ? change : null
    },
  })
}
