// Who had recordings destroyed and why, in one line: two people, one in earlier versions, or a policy, which names itself in its reason.
import type { CaseDoc } from '@/live/docs'

type Translate = (key: string, named: Record<string, unknown>) => string

export function destroyedBy({ by, asked_by, reason }: NonNullable<CaseDoc['destroyed']>, t: Translate): string {
  if (!by) return reason ?? ''
  return asked_by ? t('desk.keeping.destroyedByTwo', { asked: asked_by, by, reason }) : t('desk.keeping.destroyedBy', { by, reason })
}
