// What the cards of keeping are told; and who had recordings or a file destroyed and why, in one line: two people, one in earlier versions, or a policy, which names itself in its reason.
import type { CaseDoc } from '@/live/docs'

/** What is kept of a case, and who may do what about it. */
export interface Keeping {
  segments: number
  bytes: number
  days: number
  until: string | null
  /** Days between asking and approving. */
  wait: number
  bar: Bar | null
  /** Why its file may not be destroyed. */
  file_bar: Bar | null
  may_ask: boolean
  may_withdraw: boolean
  may_approve: boolean
  may_hold: boolean
}
interface Bar {
  code: string
  message: string
  detail: Record<string, unknown>
}

type Translate = (key: string, named: Record<string, unknown>) => string

export function destroyedBy({ by, asked_by, reason }: NonNullable<CaseDoc['destroyed']>, t: Translate): string {
  if (!by) return reason ?? ''
  return asked_by ? t('desk.keeping.destroyedByTwo', { asked: asked_by, by, reason }) : t('desk.keeping.destroyedBy', { by, reason })
}
