// What a desk's list shows: the live list where it has everything that is asked for, else what the server finds.
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { get } from '@/api'
import type { CaseRow } from '@/live/docs'
import { ONLIES, type Only } from './onlies'

export const PAGE = 10
/** Rows of the live list: it holds no more, so that a list of this length may lack some. */
const LIVE_LIMIT = 300
/** Milliseconds after the last stroke at which the server is asked. */
const PAUSE = 250
/** The same after a change of the list: a busy county's changes all the time. */
const AGAIN = 3000

interface Answer {
  rows: [string, CaseRow][]
  total: number
  more: boolean
}

export function useFound(live: () => Record<string, CaseRow> | undefined, words: Ref<string>, stage: Ref<string>, page: Ref<number>, only?: { by: Ref<Only | ''>; now: () => number }) {
  const answer = shallowRef<Answer | null>(null)
  const error = ref<unknown>(null)
  const seeking = ref(false)
  // What a sentence of the desk speaks of was counted in the live list.
  const remote = computed(() => words.value.trim() !== '' || (!only?.by.value && Object.keys(live() ?? {}).length >= LIVE_LIMIT))
  const here = computed(() =>
    Object.entries(live() ?? {})
      .filter(([, row]) => !stage.value || row.stage === stage.value)
      .filter(([, row]) => !only?.by.value || ONLIES[only.by.value](row, only.now()))
      .sort(([, a], [, b]) => b.reported_at.localeCompare(a.reported_at)),
  )
  let [timer, asked] = [0, 0]

  async function seek(): Promise<void> {
    timer = 0
    const own = ++asked
    const query = new URLSearchParams({ q: words.value.trim(), stage: stage.value, page: String(page.value) })
    try {
      const found = await get<Answer>(`/api/cases?${query.toString()}`)
      // An answer to older words comes too late.
      if (own !== asked) return
      answer.value = found
      error.value = null
    } catch (refused) {
      if (own === asked) error.value = refused
    }
    seeking.value = false
  }

  function soon(): void {
    clearTimeout(timer)
    timer = 0
    if (!remote.value) {
      asked++
      ;[answer.value, error.value, seeking.value] = [null, null, false]
      return
    }
    seeking.value = true
    timer = window.setTimeout(() => void seek(), PAUSE)
  }
  watch([words, stage, page, remote], soon, { immediate: true })
  watch(live, () => {
    if (remote.value) timer ||= window.setTimeout(() => void seek(), AGAIN)
  })
  onScopeDispose(() => clearTimeout(timer))

  const rows = computed<[string, CaseRow][]>(() => {
    if (!remote.value) return here.value.slice((page.value - 1) * PAGE, page.value * PAGE)
    // What has changed since it was found is shown as it is now.
    return (answer.value?.rows ?? []).map(([id, row]) => [id, live()?.[id] ?? row])
  })
  const total = computed(() => (remote.value ? (answer.value?.total ?? 0) : here.value.length))
  const more = computed(() => remote.value && Boolean(answer.value?.more))
  return { rows, total, more, error, seeking, remote, waiting: computed(() => remote.value && answer.value === null && error.value === null) }
}
