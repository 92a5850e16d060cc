// A report that is being written: kept on the phone until the server has it, photographs too.
import { dropKept, loadKept, saveKept } from '@/kept'

export interface Fields {
  kind: 'dispute' | 'matter'
  title: string
  facts: string
  region: string
  place: string
  name: string
  phone: string
  other_name: string
  other_phone: string
  /** Where a case comes from that staff enters; empty in a report. */
  source: string
}

/** What was told by voice, and how long it is. */
export interface Told {
  blob: Blob
  seconds: number
}

export interface Draft {
  fields: Fields
  photos: Blob[]
  told: Told | null
  /** Idempotency-Key, given when it is first sent: however often it is sent again, one case comes of it. */
  key: string
  /** The resident's account by whose number the reporter is reached, while none is written; empty: by none. */
  own: string
  /** Of earlier versions, which kept a single one: the person has pressed send. */
  queued: boolean
  /** Version of the privacy notice that stood on the form when send was pressed; one of an earlier page says nothing. */
  privacy?: string
  /** When it was last written on, ms since 1970. */
  at?: number
}

export const emptyFields = (): Fields => ({ kind: 'dispute', title: '', facts: '', region: '', place: '', name: '', phone: '', other_name: '', other_phone: '', source: '' })
export const emptyDraft = (): Draft => ({ fields: emptyFields(), photos: [], told: null, key: '', own: '', queued: false })

/** A resident's report, and a case that an account of staff enters: several may be in the middle of one at one device. */
export type Kept = 'draft' | `intake/${string}`

/** By what they are kept as: drafts of pages that were left while somebody was still telling. The recording ends a moment later. */
const ending = new Map<Kept, Promise<void>>()
/** Milliseconds after which a recording that was left comes no more. */
const ENDS_WITHIN = 3_000

/** Whoever opens the draft next waits for what was told, or would keep the draft without it over the one with it. Returns what ends the waiting. */
export function leftTelling(kept: Kept): () => void {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  const timer = window.setTimeout(() => end(), ENDS_WITHIN)
  ending.set(kept, ended)
  void ended.then(() => {
    clearTimeout(timer)
    if (ending.get(kept) === ended) ending.delete(kept)
  })
  return end
}

export const ended = (kept: Kept): Promise<void> => ending.get(kept) ?? Promise.resolve()

/** Nothing of it would be missed: what is asked for anyway, and who reports, are soon chosen again. */
export const isEmpty = ({ fields, photos, told }: Draft): boolean => !photos.length && !told && !(['title', 'facts', 'place', 'other_name', 'other_phone'] as const).some((field) => fields[field].trim())

export const loadDraft = (kept: Kept): Promise<Draft | undefined> => loadKept<Draft>(kept)
export const saveDraft = (kept: Kept, draft: Draft): Promise<unknown> => saveKept(kept, { ...draft, at: Date.now() })
export const dropDraft = (kept: Kept): Promise<unknown> => dropKept(kept)
