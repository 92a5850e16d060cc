// Joint mediation: what the server tells of whom to ask, and shares in words.
import type { ShareDoc } from '@/live/docs'

export interface Askable {
  organisations: { id: string; name: string; region: string; people: string[] }[]
  left_out: { name: string; org: string; code: string; word: string }[]
}

export const running = (one: ShareDoc): boolean => one.state === 'asked' || one.state === 'joined'

/** Who assists and who is asked comes first, each in the order of the requests; what is over comes last. */
export const ordered = (shares: Record<string, ShareDoc>): [string, ShareDoc][] =>
  Object.entries(shares).sort(([, a], [, b]) => Number(running(b)) - Number(running(a)) || a.asked_at.localeCompare(b.asked_at))

/** The share by which an account assists. */
export const ownShare = (shares: Record<string, ShareDoc> | undefined, account: string): [string, ShareDoc] | undefined =>
  Object.entries(shares ?? {}).find(([, one]) => one.state === 'joined' && one.account === account)

/** Who of an organisation is not asked, and why. */
export const leftOutLines = (left: Askable['left_out'], t: (key: string, values: Record<string, unknown>) => string): string[] =>
  left.map((one) => t('joint.leftOut', { name: one.name, org: one.org, why: t(`desk.centre.whyNot.${one.code}`, { word: one.word }) }))
