// How many running cases are due within three days, and how many are over: counted as the wall counts them. Then how many agreements are behind. Each leads to them.
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { CaseRow } from '@/live/docs'
import { countOf, type Said } from './onlies'

export function useDue(rows: () => Record<string, CaseRow>, now: () => number): ComputedRef<Said[]> {
  const { t } = useI18n()
  return computed(() => {
    const near = countOf('near', rows(), now())
    const over = countOf('over', rows(), now())
    const late = countOf('late', rows(), now())
    return [
      near.count ? { text: t('desk.work.near', { near: near.count }), to: near.to } : { text: t('desk.work.noneNear') },
      ...(over.count ? [{ text: t('desk.work.overdue', { over: over.count }), to: over.to }] : []),
      ...(late.count ? [{ text: t('performance.desk', { over: late.count }), to: late.to }] : []),
    ]
  })
}
