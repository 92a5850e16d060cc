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

export function remember(entry: Remembered): void {
  const others = remembered().filter((other) => other.case !== entry.case)
  localStorage.setItem(KEY, JSON.stringify([entry, ...others].slice(0, LIMIT)))
}
