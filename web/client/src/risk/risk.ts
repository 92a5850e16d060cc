// What is said of a report's way to the risk platform: how it stands, and which of our words a code of the platform's has.
import type { IconName } from '@/shell/icons'

export const LEVELS = ['red', 'orange', 'blue'] as const
export const REASONS = ['threat', 'violence', 'family', 'self_harm', 'repeated', 'crowd', 'other'] as const
export type RiskLevel = (typeof LEVELS)[number]

export interface RiskMark {
  level: RiskLevel
  version: number
  withdrawn?: boolean | { by: string; at: string; why: string }
  state: 'unconnected' | 'waiting' | 'acknowledged' | 'refused' | 'dead'
  state_at: string
  trouble?: string
  /** An alarm that should have been there by now. */
  late?: boolean
  tries?: number
  again_at?: string
  receipt?: string
}

export interface Way {
  icon: IconName
  tone: 'ok' | 'warn' | 'bad'
  /** Of `risk.ways`. */
  key: string
}

const TONES: Record<RiskLevel, string> = { red: 'zhu', orange: 'zhe', blue: 'dai' }
export const tone = (level: RiskLevel): string => TONES[level]

/** While it waits: quietly at first, with what is wrong from the first failure on. */
export function wayOf(mark: RiskMark): Way {
  switch (mark.state) {
    case 'acknowledged':
      return { icon: 'checkCircle', tone: 'ok', key: mark.receipt ? 'acknowledged' : 'acknowledgedBare' }
    case 'waiting':
      return mark.trouble && mark.again_at ? { icon: 'clock', tone: 'warn', key: 'again' } : { icon: 'clock', tone: 'warn', key: 'waiting' }
    default:
      return { icon: 'warn', tone: 'bad', key: mark.state }
  }
}

const TROUBLES = ['away', 'garbled', 'clock_off', 'platform_signature', 'platform_other_content', 'internal']
/** Of `risk.troubles`: those that have words of their own, else the one that gives the code. */
export const troubleKey = (code: string): string => (TROUBLES.includes(code) ? code : code.startsWith('answered_5') ? 'failing' : 'other')

/** Somebody has to see to it: it will not come right by itself, or not soon enough. */
export const needsSomebody = (mark: RiskMark): boolean => mark.state === 'refused' || mark.state === 'dead' || mark.late === true

/** Nothing of it is tried any more by itself. */
export const sendable = (mark: RiskMark): boolean => mark.state === 'refused' || mark.state === 'dead' || mark.state === 'unconnected'

/** What needs somebody comes first, then what waits; each the newest first. */
export function inOrder<T extends { risk?: RiskMark }>(rows: Record<string, T>): [string, T & { risk: RiskMark }][] {
  const rank = (mark: RiskMark): number => (needsSomebody(mark) ? 0 : mark.state === 'acknowledged' ? 2 : 1)
  return Object.entries(rows)
    .filter((entry): entry is [string, T & { risk: RiskMark }] => Boolean(entry[1].risk))
    .sort(([, a], [, b]) => rank(a.risk) - rank(b.risk) || b.risk.state_at.localeCompare(a.risk.state_at))
}
