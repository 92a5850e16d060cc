// What follows from obligations and today's day: what is overdue, what waits for whom, what stands first.
import type { CaseRow, ObligationDoc, PerformanceDoc } from '@/live/docs'
import { dayOf } from '@/moments'

export const isOpen = (one: ObligationDoc): boolean => one.state !== 'done' && one.state !== 'waived'
export const isOverdue = (one: ObligationDoc, now: number): boolean => isOpen(one) && one.due !== undefined && one.due < dayOf(now)

/** Receipts that a party told and the office has not looked at yet. */
export const unconfirmed = (one: ObligationDoc): number => Object.values(one.receipts ?? {}).filter((receipt) => !receipt.confirmed && !receipt.taken_back).length

/** Open ones first, by their day; those without a day behind them, then what is over. */
export function inOrder(doc: PerformanceDoc): [string, ObligationDoc][] {
  const rank = ([id, one]: [string, ObligationDoc]): string => `${isOpen(one) ? 0 : 1}${one.due ?? '9999'}${id.slice(1).padStart(4, '0')}`
  return Object.entries(doc.obligations ?? {}).sort((a, b) => rank(a).localeCompare(rank(b)))
}

export function counted(doc: PerformanceDoc, now: number): { all: number; open: number; overdue: number; words: number } {
  const all = Object.values(doc.obligations ?? {})
  return {
    all: all.length,
    open: all.filter(isOpen).length,
    overdue: all.filter((one) => isOverdue(one, now)).length,
    words: all.reduce((sum, one) => sum + (isOpen(one) ? unconfirmed(one) : 0), 0),
  }
}

/** Days of a row's open obligations that are over. */
export const overdueOf = (row: CaseRow, now: number): boolean => (row.owing?.due ?? []).some((due) => due < dayOf(now))

const CONFIRMATION_DAYS = 30
/** The last day on which both can still ask a court to confirm the agreement (人民调解法 33), and whether it is over. */
export function confirmation(agreedAt: string, now: number): { until: string; over: boolean } {
  const until = dayOf(Date.parse(agreedAt) + CONFIRMATION_DAYS * 86_400_000)
  return { until, over: until < dayOf(now) }
}

/** Which sentence under `performance.owes` says by whom and to whom; `me`: the party that reads it. */
export function owes(one: ObligationDoc, me?: string): string {
  const thing = one.amount ? 'money' : 'deed'
  if (me && one.debtor === me) return `${thing}.${one.creditor ? 'you' : 'youAlone'}`
  if (me) return `${thing}.${one.debtor ? 'toYou' : 'toYouAlone'}`
  if (one.debtor) return `${thing}.${one.creditor ? 'both' : 'by'}`
  return `${thing}.${one.creditor ? 'to' : 'nobody'}`
}

/** 2026-12-01 as people say it. */
export function dayWords(day: string, language: string): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'zh-CN', { timeZone: 'UTC', year: 'numeric', month: language === 'en' ? 'short' : 'long', day: 'numeric' }).format(new Date(day))
}

/** 1800.00 as people say it. */
export function sum(amount: string, language: string): string {
  const [whole, cents] = amount.split('.')
  const figure = `${whole!.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}`
  return language === 'en' ? `¥${figure}` : `${figure} 元`
}
