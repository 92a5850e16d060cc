// Where a clause would stand that is proposed to be moved, in words.
import type { ProposalDoc } from '@/live/docs'

export function placeOf({ beside }: ProposalDoc, t: (key: string, named: Record<string, unknown>) => string): string {
  return beside ? t('agreement.apart.behind', { heading: beside }) : t('agreement.apart.first', {})
}
