// What is kept of a case and what stands against destroying it, read anew with every step of it; what is asked for, and whether its waiting time is over; why not, in words.
import { computed, onBeforeUnmount, ref, watch, type ComputedRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { get } from '@/api'
import { RefusedError } from '@/live/connection'
import type { CaseDoc } from '@/live/docs'
import { fullDay } from '@/moments'
import { sentence } from '@/shell/sentence'
import type { Keeping } from './destroyed'

interface Kept {
  kept: Ref<Keeping | null>
  asked: ComputedRef<CaseDoc['destruction'] | null>
  due: ComputedRef<boolean>
  told: (bar: Keeping['bar']) => string
}

/** `ofFile`: of the whole file, otherwise of the recordings. */
export function useKeeping(doc: () => CaseDoc, ofFile: boolean, error: Ref<unknown>): Kept {
  const { t, te, locale } = useI18n()
  const kept = ref<Keeping | null>(null)
  const now = ref(Date.now())
  async function load(): Promise<void> {
    now.value = Date.now()
    kept.value = await get<Keeping>(`/api/cases/${doc().id}/keeping`).catch((refused: unknown) => ((error.value = refused), null))
  }
  watch(() => [doc().hold?.at, doc().destruction?.at, doc().destroyed?.at, doc().session_stage, doc().stage], load, { immediate: true })
  const tick = window.setInterval(() => (now.value = Date.now()), 10_000)
  onBeforeUnmount(() => window.clearInterval(tick))
  const asked = computed(() => {
    const one = doc().destruction
    return one && (one.what === 'file') === ofFile ? one : null
  })
  const due = computed(() => !!asked.value && Date.parse(asked.value.due) <= now.value)
  return {
    kept,
    asked,
    due,
    told(bar) {
      // A hold stands on the page already.
      if (!bar || bar.code === 'on_hold') return ''
      const until = typeof bar.detail.until === 'string' ? { until: fullDay(bar.detail.until, locale.value) } : {}
      return sentence(new RefusedError(bar.code, bar.message, { ...bar.detail, ...until }), t, te)
    },
  }
}
