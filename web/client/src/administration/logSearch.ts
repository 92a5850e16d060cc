// What is sought in the log, and how all of it is fetched for a file.
import type { Entry } from './accounts'

export const KINDS = ['sign_ins', 'accounts', 'personal', 'recordings', 'residents', 'places', 'experts', 'systems'] as const

export interface Sought {
  who: string
  kind: '' | (typeof KINDS)[number]
  since: string
  until: string
}
export const everything = (): Sought => ({ who: '', kind: '', since: '', until: '' })
export const narrowed = (sought: Sought): boolean => Object.values(sought).some((value) => value.trim() !== '')

/** Entries that a page shows at once, that are fetched at once for a file, and that a file has at most. */
export const PAGE = 50
export const AT_ONCE = 500
export const MOST = 20_000

/** `nobodies`: words of this language for who is no account, by what stands in the entry. */
export function address(sought: Sought, before: number, count: number, nobodies: Record<string, string> = {}): string {
  const who = sought.who.trim()
  const asked = { who: nobodies[who] ?? who, kind: sought.kind, since: sought.since, until: sought.until, before: String(before), count: String(count) }
  return `/api/administration/log?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`
}

/** Everything that is sought, the newest first, `MOST` entries at most; `whole` is false where there are more. */
export async function gather(fetched: (before: number, count: number) => Promise<Entry[]>, progress: (count: number) => void): Promise<{ rows: Entry[]; whole: boolean }> {
  const rows: Entry[] = []
  while (rows.length < MOST) {
    const next = await fetched(rows.at(-1)?.id ?? 0, AT_ONCE)
    rows.push(...next)
    progress(rows.length)
    if (next.length < AT_ONCE) return { rows, whole: true }
  }
  return { rows, whole: (await fetched(rows.at(-1)!.id, 1)).length === 0 }
}
