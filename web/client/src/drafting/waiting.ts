// One's own edits that the server has not acknowledged yet: what is sent again after a cut, and what is given back to whoever wrote it when it cannot be stored.
import { reactive } from 'vue'
import * as Y from 'yjs'

/** `base`: the last entry of the server's log that the edit was made on. */
export interface Own {
  update: Uint8Array
  base: number
}

/** Bytes of updates that are sent as one; the server takes 64 KiB. */
const PACK = 32 * 1024

/** The same edits in fewer updates, their order kept: somebody who writes without a line for a while makes hundreds. */
export function packed(edits: Own[]): Own[] {
  const packs: { base: number; size: number; updates: Uint8Array[] }[] = []
  for (const { update, base } of edits) {
    const last = packs.at(-1)
    if (last && last.base === base && last.size + update.length <= PACK) {
      last.updates.push(update)
      last.size += update.length
    } else packs.push({ base, size: update.length, updates: [update] })
  }
  return packs.map(({ base, updates }) => ({ base, update: updates.length === 1 ? updates[0]! : Y.mergeUpdates(updates) }))
}

/** The words that these edits put in, without those that they took out again; what was written at different places is on different lines. */
export function wordsOf(edits: Own[]): string {
  if (!edits.length) return ''
  const { structs, ds } = Y.decodeUpdate(Y.mergeUpdates(edits.map(({ update }) => update)))
  const gone = (client: number, clock: number): boolean => (ds.clients.get(client) ?? []).some((range) => range.clock <= clock && clock < range.clock + range.len)
  const lines: string[] = []
  let end: { client: number; clock: number } | null = null
  for (const item of structs) {
    if (!(item instanceof Y.Item) || !(item.content instanceof Y.ContentString)) continue
    const { client, clock } = item.id
    const kept = item.content.str.split('').filter((_, at) => !gone(client, clock + at)).join('')
    const goesOn = end !== null && item.origin !== null && item.origin.client === end.client && item.origin.clock === end.clock
    if (goesOn) lines.push((lines.pop() ?? '') + kept)
    else lines.push(kept)
    end = { client, clock: clock + item.length - 1 }
  }
  return lines.filter((line) => line.trim()).join('\n')
}

/** Session → words that could not be stored. Outlives the editor, which is closed when a private talk begins or the draft is begun anew. */
export const given = reactive(new Map<string, string>())

export function giveBack(session: string, edits: Own[]): void {
  const words = wordsOf(edits)
  if (words) given.set(session, [given.get(session), words].filter(Boolean).join('\n'))
}
