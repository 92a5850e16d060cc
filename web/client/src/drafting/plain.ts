// Characters that nobody can see, which come along when something is pasted or an emoji is typed. The server refuses them (agreements/schema.py), since what is
// signed must be what is seen; here they are left out before they leave.
import { Plugin } from 'prosemirror-state'
import { isRemote } from './permission'

/** Controls, marks of direction, joiners, private use, separators of lines, and what is no character. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu

export function plainPlugin(): Plugin {
  return new Plugin({
    appendTransaction(transactions, _before, state) {
      if (!transactions.some((transaction) => transaction.docChanged && !isRemote(transaction))) return null
      const found: [number, number][] = []
      state.doc.descendants((node, at) => {
        for (const match of node.text?.matchAll(UNSEEN) ?? []) found.push([at + match.index, at + match.index + match[0].length])
      })
      if (found.length === 0) return null
      const change = state.tr
      for (const [from, to] of found.reverse()) change.delete(from, to)
      return change
    },
  })
}
