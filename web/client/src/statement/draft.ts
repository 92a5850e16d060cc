// A statement that is being written: kept on this device with the key under which it is sent, however often, until the server has it.
export interface Draft {
  text: string
  shared: boolean
  key: string
}

const place = (caseId: string, party: string): string => `heyi.statement.${caseId}.${party}`
export const LIMIT = 5000
/** Half an hour, as the server counts it. */
export const VERIFIED_FOR = 30 * 60_000

export const fresh = (): Draft => ({ text: '', shared: false, key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}` })

export function load(caseId: string, party: string): Draft {
  try {
    const kept = JSON.parse(localStorage.getItem(place(caseId, party)) ?? 'null') as Partial<Draft> | null
    return typeof kept?.text === 'string' && typeof kept.key === 'string' ? { text: kept.text, shared: kept.shared === true, key: kept.key } : fresh()
  } catch {
    return fresh()
  }
}

export function keep(caseId: string, party: string, draft: Draft): void {
  try {
    localStorage.setItem(place(caseId, party), JSON.stringify(draft))
  } catch {
    // A private window may forbid it: then it lives as long as the page.
  }
}

export function drop(caseId: string, party: string): void {
  try {
    localStorage.removeItem(place(caseId, party))
  } catch {
    // as above
  }
}

/** Characters as the server counts them. */
export const length = (text: string): number => [...text.trim()].length
