// Reports that wait on this device until there is a network. The rules alone: in which order they go, how many there may be, what becomes of one that was not taken, and for how long one is kept.
// * They go one after the other, in the order in which they were made; one that was refused is left out and holds up nobody.
// * Each keeps its key, under which the server makes one case of it however often it is sent.
// * What staff enters is its account's: under another one it is neither shown nor sent. What a resident reports is the phone's, as the form is.
// * One that has waited for KEPT_DAYS goes out no more by itself, and is deleted if another account comes first; after GONE_DAYS it is deleted in any case.
import { RefusedError } from '@/live/connection'
import type { Draft, Fields, Told } from './draft'

/** Whose it is: a resident's report, or what an account of staff enters. */
export type Owner = 'report' | `intake/${string}`

/** Why one was not taken, as the server told it. */
export interface Why {
  code: string
  detail: Record<string, unknown>
}

export interface Waiting {
  owner: Owner
  /** When it was made, ms since 1970 by this device; no two of an owner have the same. */
  at: number
  key: string
  fields: Fields
  photos: Blob[]
  told: Told | null
  /** The resident's account by whose number the reporter is reached; empty: by none. */
  own: string
  privacy?: string
  refused?: Why
}

/** Of one owner on one device. */
export const MOST = 20
/** Bytes of photographs and voice of one owner on one device. */
export const BYTES = 100 * 1024 * 1024
const DAY = 24 * 60 * 60_000
/** Days after which one goes out no more by itself. The server knows a key for much longer (storage/pruning.py). */
export const KEPT_DAYS = 30
export const GONE_DAYS = 60

const SHELF = 'waiting/'
/** Account ids stand whole in a name: one never begins with another. */
export const shelfOf = (owner: Owner): string => `${SHELF}${encodeURIComponent(owner)}/`
/** Under what it is kept: what it says of itself is enough to delete it without reading it. */
export const placeOf = ({ owner, at, key }: Pick<Waiting, 'owner' | 'at' | 'key'>): string => `${shelfOf(owner)}${String(at).padStart(15, '0')}/${encodeURIComponent(key)}`

interface Place {
  place: string
  shelf: string
  at: number
}
function read(place: string): Place | null {
  const found = /^(waiting\/[^/]+\/)(\d{15})\/[^/]+$/.exec(place)
  return found ? { place, shelf: found[1]!, at: Number(found[2]) } : null
}

/** Of everything that is kept here, what this owner has waiting, in its order. */
export const placesOf = (owner: Owner, kept: string[]): string[] =>
  kept
    .filter((place) => read(place)?.shelf === shelfOf(owner))
    .sort()

export const lapsed = (at: number, now: number): boolean => now - at > KEPT_DAYS * DAY
/** The last day on which it is sent by itself. */
export const keptUntil = (at: number): string => new Date(at + KEPT_DAYS * DAY).toISOString()

/** What is to be deleted, whoever has the device in hand: of others what has lapsed, of the owner what is over for good. */
export function over(kept: string[], owner: Owner, now: number): string[] {
  const all = kept.map(read).filter((one): one is Place => one !== null)
  // What residents report is nobody's but the phone's: no other one comes first.
  const mine = (one: Place): boolean => one.shelf === shelfOf(owner) || one.shelf === shelfOf('report')
  return all.filter((one) => now - one.at > GONE_DAYS * DAY || (!mine(one) && lapsed(one.at, now))).map((one) => one.place)
}

export const weight = ({ photos, told }: Pick<Waiting, 'photos' | 'told'>): number => photos.reduce((sum, photo) => sum + photo.size, told?.blob.size ?? 0)

/** Why one more is not kept here; null: it is. */
export function full(waiting: Waiting[], next: Waiting): RefusedError | null {
  if (waiting.length >= MOST) return new RefusedError('waiting_many', '', { limit: MOST })
  if ([...waiting, next].reduce((sum, one) => sum + weight(one), 0) > BYTES) return new RefusedError('waiting_large', '', { limit: BYTES / 1024 / 1024 })
  return null
}

/** Later than all that wait, also where the device's clock was put back. */
export const momentAfter = (waiting: Waiting[], now: number): number => Math.max(now, ...waiting.map((one) => one.at + 1))

/** The next one to send of those that were not tried yet in this round. */
export const nextDue = (waiting: Waiting[], tried: Set<string>, now: number): Waiting | undefined => waiting.find((one) => !one.refused && !tried.has(one.key) && !lapsed(one.at, now))

/** One that has waited too long is shown as not taken: whoever made it says what becomes of it. */
export const shownWhy = (one: Waiting, now: number): Why | undefined => one.refused ?? (lapsed(one.at, now) ? { code: 'waited_long', detail: { days: KEPT_DAYS } } : undefined)

/** `cut`: the line is gone, and the round with it; `later`: this one has to wait, others may go; `slower`: everybody has to wait; `signIn`: whoever made it has to sign in; `refused`: it was looked at and not taken. */
export type Outcome = 'cut' | 'later' | 'slower' | 'signIn' | 'refused'
const SIGN_IN = ['signed_out', 'session_ended', 'account_disabled', 'entered_by_another']

export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof RefusedError)) return 'refused'
  if (error.code === 'offline') return 'cut'
  if (error.code === 'too_fast') return 'slower'
  if (SIGN_IN.includes(error.code)) return 'signIn'
  return error.retry ? 'later' : 'refused'
}

export const whyOf = (error: unknown): Why => (error instanceof RefusedError ? { code: error.code, detail: { ...error.detail } } : { code: 'unknown', detail: {} })

const FIRST = 8_000
const LONGEST = 120_000
/** Until the next round, ms, after so many of which none was taken; `seconds`: what the server asked for. */
export const pauseAfter = (rounds: number, seconds = 0): number => Math.max(seconds * 1000, Math.min(LONGEST, FIRST * 2 ** Math.min(rounds, 10)))

export const fromDraft = (owner: Owner, draft: Draft, at: number): Waiting => ({
  owner,
  at,
  key: draft.key,
  fields: { ...draft.fields },
  photos: [...draft.photos],
  told: draft.told,
  own: draft.own,
  ...(draft.privacy ? { privacy: draft.privacy } : {}),
})

/** Back to be written on. The key stays, since the server may have it already. */
export const toDraft = ({ fields, photos, told, key, own, privacy }: Waiting): Draft => ({ fields: { ...fields }, photos: [...photos], told, key, own, queued: false, ...(privacy ? { privacy } : {}) })
