// Which requests the offline worker answers. Everything else goes its way as if there were no worker.

/** The pages that open without a network. Each is the scope of a worker of its own: no other page has one. */
export const REPORT = '/report'
export const INTAKE = '/desk/intake'
export const PAGES = [REPORT, INTAKE] as const
export type Page = (typeof PAGES)[number]
const FILES = '/assets/'

/** How long a phone waits for the network before the kept page is shown, ms. */
export const PATIENCE = 4_000

export interface Asked {
  method: string
  mode: string
  url: string
}

/** The page of a worker, which its scope names; null: none of ours. */
export const pageOf = (scope: string): Page | null => PAGES.find((page) => page === new URL(scope).pathname) ?? null

/** `page`: the network first, then what is kept. `file`: what is kept first, since its name changes with its content. null: not ours. */
export function ours(asked: Asked, origin: string, page: Page): 'page' | 'file' | null {
  const url = new URL(asked.url)
  if (asked.method !== 'GET' || url.origin !== origin) return null
  if (asked.mode === 'navigate') return url.pathname === page ? 'page' : null
  return url.pathname.startsWith(FILES) ? 'file' : null
}
