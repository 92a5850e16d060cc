// Which requests the offline worker answers. Everything else goes its way as if there were no worker.

/** The page that opens without a network, and the scope of the worker: no other page has one. */
export const PAGE = '/report'
const FILES = '/assets/'

/** How long a phone waits for the network before the kept page is shown, ms. */
export const PATIENCE = 4_000

export interface Asked {
  method: string
  mode: string
  url: string
}

/** `page`: the network first, then what is kept. `file`: what is kept first, since its name changes with its content. null: not ours. */
export function ours(asked: Asked, origin: string): 'page' | 'file' | null {
  const url = new URL(asked.url)
  if (asked.method !== 'GET' || url.origin !== origin) return null
  if (asked.mode === 'navigate') return url.pathname === PAGE ? 'page' : null
  return url.pathname.startsWith(FILES) ? 'file' : null
}
