// How many running cases are due within three days, and how many are over: counted as the wall counts them. Then how many agreements are behind.
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { dueSoon, isOver } from '@/cases/due'
import type { CaseRow } from '@/live/docs'
import { overdueOf } from '@/performance/performing'

export function useDue(rows: () => CaseRow[], now: () => number): ComputedRef<string> {
  const { t } = useI18n()
  return computed(() => {
    const dates = rows().flatMap((row) => (row.due && ['accepted', 'mediating'].includes(row.stage) ? [row.due] : []))
    const near = dates.filter((due) => dueSoon(due, now())).length
    const over = dates.filter((due) => isOver(due, now())).length
    const late = rows().filter((row) => overdueOf(row, now())).length
    return (near ? t('desk.work.near', { near }) : t('desk.work.noneNear')) + (over ? t('desk.work.overdue', { over }) : '') + (late ? t('performance.desk', { over: late }) : '')
  })
}
