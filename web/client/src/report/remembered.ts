// What was reported on this phone, so that its reporter finds back. No title and no name: phones are shared.
export interface Remembered {
  case: string
  as: string
  code: string
  at: string
}

const KEY = 'heyi.reported'
const LIMIT = 5

export function remembered(): Remembered[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as Remembered[]
  } catch {
    return []
  }
}

/** Whoever comes back to the form so soon looks for what was handed in; later, for a form. */
const LATELY = 24 * 60 * 60_000

/** What was handed in last, if a moment ago: less than a day. */
export function lately(now = Date.now()): Remembered | null {
  const last = remembered()[0]
  return last && Math.abs(now - Date.parse(last.at)) < LATELY ? last : null
}

/** Whoever asks for another one, elsewhere than on the form, gets the form: told by the step of the history that leads there, once. */
export const ANOTHER = { path: '/report', state: { another: true } }

export function anotherAsked(): boolean {
  const { another, ...rest } = (history.state ?? {}) as Record<string, unknown>
  if (another) history.replaceState(rest, '')
  return Boolean(another)
}

/** Its public code was replaced: what is remembered leads to the new one. */
export function recode(id: string, code: string): void {
  const known = remembered()
  if (!known.some((entry) => entry.case === id && entry.code !== code)) return
  localStorage.setItem(KEY, JSON.stringify(known.map((entry) => (entry.case === id ? { ...entry, code } : entry))))
}

export function remember(entry: Remembered): void {
  const others = remembered().filter((other) => other.case !== entry.case)
  localStorage.setItem(KEY, JSON.stringify([entry, ...others].slice(0, LIMIT)))
}
