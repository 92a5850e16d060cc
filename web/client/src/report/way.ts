// Whose report it is: what has to be in it, where it goes, and what is done with the answer.
import { sendIntake, sendReport, type Attached, type ByAccount, type Entered, type ReportAnswer } from '@/api'
import { RefusedError } from '@/live/connection'
import { about, ME, person, type Person } from '@/resident/resident'
import { setTab } from '@/session'
import type { Fields, Kept } from './draft'
import { NOTICE } from './notice'
import type { Owner, Waiting } from './queue'
import { remember, type Remembered } from './remembered'

type Progress = (share: number) => void

export interface Way<T extends Entered> {
  /** Where the one that is being written is kept. */
  kept: Kept
  tag: 'report' | 'intake'
  needed: readonly (keyof Fields)[]
  send: (report: unknown, files: Attached, key: string, progress: Progress, by?: ByAccount) => Promise<T>
  /** Who is signed in here may report by the account's number. */
  account?: boolean
  /** Version of the privacy notice on the form. */
  privacy?: string
  done?: (answer: T) => void
  /** What was handed in a moment ago by this way, for whoever comes back to an empty form. */
  last?: () => Remembered | null
  /** The page still stands: what the tab becomes by it. */
  here?: (answer: T) => void
}

/** Whose what waits is. */
export const ownerOf = (kept: Kept): Owner => (kept === 'draft' ? 'report' : kept)

export const RESIDENT: Way<ReportAnswer> = {
  kept: 'draft',
  tag: 'report',
  needed: ['title', 'facts', 'region', 'name', 'phone'],
  send: sendReport,
  account: true,
  privacy: NOTICE.version,
  done: (answer) => remember({ case: answer.case, as: answer.as, code: answer.code, at: new Date().toISOString() }),
  here: (answer) => setTab(answer.as),
}

/** Of this account: at an office's device others sign in after it, and the server takes it from nobody else. */
export const ofStaff = (account: string): Way<Entered> => ({
  kept: `intake/${account}`,
  tag: 'intake',
  needed: ['source', 'title', 'facts', 'region', 'name'],
  send: (report, files, key, progress) => sendIntake(report, files, key, progress, account),
})

/** Longer than it takes to say who is signed in, ms. */
const LOOK = 5_000

/** The resident's account that is signed in here; null: none. undefined: nobody says, and the server does when something is sent. */
export async function accountHere(): Promise<Person | null | undefined> {
  try {
    return (await about(LOOK)).signed_in ? await person(LOOK) : null
  } catch {
    return undefined
  }
}

export const byAccount = ({ own, fields }: Pick<Waiting, 'own' | 'fields'>): boolean => Boolean(own) && !fields.phone.trim()

/** Sends one that waits. Rejects with what it was refused for. */
export async function deliver<T extends Entered>(way: Way<T>, one: Waiting, progress: Progress): Promise<T> {
  const own = byAccount(one)
  // While it waited, somebody else may have signed in here.
  const here = own ? await accountHere() : undefined
  if (own && here !== undefined && here?.id !== one.own) throw new RefusedError('other_account', '', { field: 'phone' })
  return way.send(wire(way.tag, one), { photos: one.photos, told: one.told?.blob }, one.key, progress, own ? { as: ME, account: one.own } : undefined)
}

function wire(tag: Way<Entered>['tag'], { fields, privacy }: Waiting): Record<string, string> {
  const sent = Object.entries(fields).filter(([key]) => tag === 'intake' || key !== 'source')
  return { t: tag, ...Object.fromEntries(sent.map(([key, value]) => [key, value.trim()])), ...(privacy ? { privacy } : {}) }
}
