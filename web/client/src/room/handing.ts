// To whom a seat is handing its device over: kept for this tab, so that a page that is loaded again stays covered until somebody says who has it.
import type { Companion } from './useBeside'

const PREFIX = 'handing '

/** `key`: the session and the seat that hands over. */
export function handedTo(store: Storage, key: string): Companion | null {
  try {
    const kept = JSON.parse(store.getItem(PREFIX + key) ?? 'null') as Partial<Companion> | null
    const { as, seat, name } = kept ?? {}
    return as && seat && name ? { as, seat, name } : null
  } catch {
    return null
  }
}

export function hand(store: Storage, key: string, to: Companion | null): void {
  if (to) store.setItem(PREFIX + key, JSON.stringify(to))
  else store.removeItem(PREFIX + key)
}
