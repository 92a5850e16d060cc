// What became of a notice, in words.
export interface Delivery {
  id: number
  at: string
  channel: 'page' | 'sms' | 'email' | 'wechat'
  kind: string
  state: 'waiting' | 'sent' | 'given_up'
  tries: number
  /** Whom, as far as the reader may know it. */
  to?: string
  reason?: string
  address?: string
  settled?: string
  next?: string
}

export const CHANNELS = ['page', 'sms', 'email', 'wechat'] as const
export const STATES = ['waiting', 'sent', 'given_up'] as const

type Words = (key: string, named?: Record<string, unknown>) => string

/** Why it did not come, or has not yet; empty where there is nothing to say. A code of the other side stands as it is. */
export function reasonOf(row: Delivery, t: Words, te: (key: string) => boolean): string {
  if (!row.reason || row.state === 'sent') return ''
  if (te(`notices.log.reasons.${row.reason}`)) return t(`notices.log.reasons.${row.reason}`)
  const answered = /^(?:answered|token)_(.+)$/.exec(row.reason)
  return answered ? t('notices.log.reasons.answered', { code: answered[1] }) : row.reason
}

export const tone = (row: Delivery): string => ({ sent: 'song', waiting: '', given_up: 'zhe' })[row.state]
