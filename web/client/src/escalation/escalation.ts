// A case before the centre (上报): what there is of it, and what the one who looks may do.
import { isOver } from '@/cases/due'
import type { CaseDoc, EscalationDoc } from '@/live/docs'

/** Newest first. */
export const ordered = (all: Record<string, EscalationDoc>): [string, EscalationDoc][] => Object.entries(all).sort(([, a], [, b]) => b.at.localeCompare(a.at))

export const running = (doc: { stage: string }): boolean => ['accepted', 'mediating'].includes(doc.stage)

/** Its term is over while it is still being mediated. */
export const pastTerm = (doc: { stage: string; due?: string }, now: number): boolean => running(doc) && Boolean(doc.due) && isOver(doc.due!, now)

/** What needs to be read before anything else on the page of a case: something waits or was said, or the term is over. */
export const first = (doc: CaseDoc, now: number, mine: boolean): boolean =>
  (running(doc) && Boolean(doc.escalations)) || (mine && pastTerm(doc, now)) || (['reported', 'dispatched'].includes(doc.stage) && Boolean(doc.first_accepted))
