// A number to which a code is on its way, for whoever goes back or reads the message in this tab meanwhile. In this tab, as long as the code lives; never the code.
import type { AskedCode } from './resident'

interface Kept {
  phone: string
  again: string
  until: string
}
const key = (id: string): string => `heyi.proof.${id}`

export function keepProof(id: string, phone: string, asked: AskedCode): void {
  sessionStorage.setItem(key(id), JSON.stringify({ phone, again: asked.again, until: asked.until } satisfies Kept))
}

export const forgetProof = (id: string): void => sessionStorage.removeItem(key(id))

export function keptProof(id: string, now = Date.now()): Kept | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key(id)) ?? 'null') as Kept | null
    if (kept && Date.parse(kept.until) > now) return kept
  } catch {
    // Somebody else's, or cut off: as if there were none.
  }
  forgetProof(id)
  return null
}
