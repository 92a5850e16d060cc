// The life of a report: written, checked, kept, sent once, answered.
import { computed, nextTick, onScopeDispose, reactive, ref, toRaw, watch } from 'vue'
import { get, sendReport, type ReportAnswer } from '@/api'
import { newKey, RefusedError } from '@/live/connection'
import { dropDraft, emptyDraft, loadDraft, saveDraft, type Draft, type Fields } from './draft'

export interface Township {
  code: string
  name: string
}

const REGIONS = 'heyi.regions'
const RETRY = 8_000

export function useReport() {
  const draft = reactive<Draft>(emptyDraft())
  const townships = ref<Township[]>(remembered())
  const phase = ref<'writing' | 'queued' | 'sending' | 'done'>('writing')
  const share = ref(0)
  const kept = ref(false)
  const wrong = reactive<Record<string, string | RefusedError>>({})
  const failure = ref<unknown>(null)
  const answer = ref<ReportAnswer | null>(null)
  const wrongCount = computed(() => Object.keys(wrong).length)
  let timer = 0
  let saving = 0

  const plain = (): Draft => ({ fields: { ...toRaw(draft.fields) }, photos: draft.photos.map((photo) => toRaw(photo)), key: draft.key, queued: draft.queued })

  async function keep(): Promise<void> {
    await saveDraft(plain())
    kept.value = true
  }

  function fits(): boolean {
    for (const field of Object.keys(wrong)) delete wrong[field]
    for (const field of ['title', 'facts', 'region', 'name', 'phone'] as const) if (!draft.fields[field].trim()) wrong[field] = `report.need.${field}`
    return wrongCount.value === 0
  }

  async function send(): Promise<void> {
    failure.value = null
    if (!fits()) return void focusWrong()
    draft.key ||= newKey()
    draft.queued = true
    phase.value = 'sending'
    await keep()
    await attempt()
  }

  async function attempt(): Promise<void> {
    clearTimeout(timer)
    if (!navigator.onLine) {
      phase.value = 'queued'
      return
    }
    phase.value = 'sending'
    share.value = 0
    try {
      answer.value = await sendReport(wire(draft.fields), draft.photos, draft.key, (part) => (share.value = Math.round(part * 100)))
      phase.value = 'done'
      await dropDraft()
    } catch (error) {
      if (error instanceof RefusedError && error.retry) {
        phase.value = 'queued'
        timer = window.setTimeout(() => void attempt(), RETRY)
        return
      }
      phase.value = 'writing'
      draft.queued = false
      const field = error instanceof RefusedError ? String(error.detail.field ?? '') : ''
      if (error instanceof RefusedError && (field in draft.fields || field === 'photos')) wrong[field] = error
      else failure.value = error
      void focusWrong()
    }
  }

  /** Back to writing: the key stays, since the server may have it already. */
  function edit(): void {
    clearTimeout(timer)
    draft.queued = false
    phase.value = 'writing'
  }

  function again(): void {
    Object.assign(draft, emptyDraft(), { fields: { ...emptyDraft().fields, name: draft.fields.name, phone: draft.fields.phone, region: draft.fields.region } })
    answer.value = null
    kept.value = false
    phase.value = 'writing'
  }

  async function regions(): Promise<void> {
    try {
      const all = await get<Township[]>('/api/regions')
      townships.value = all.filter((region) => region.code.length === 9)
      localStorage.setItem(REGIONS, JSON.stringify(townships.value))
    } catch {
      // The list of last time serves; it is fetched again when the network returns.
    }
  }

  const online = (): void => {
    if (townships.value.length === 0) void regions()
    if (draft.queued && phase.value === 'queued') void attempt()
  }
  window.addEventListener('online', online)
  onScopeDispose(() => {
    window.removeEventListener('online', online)
    clearTimeout(timer)
    clearTimeout(saving)
  })

  async function start(): Promise<void> {
    void regions()
    const stored = await loadDraft()
    if (stored) {
      Object.assign(draft, stored, { fields: { ...emptyDraft().fields, ...stored.fields } })
      kept.value = true
      if (stored.queued) await attempt()
    }
    watch(
      () => [draft.fields, draft.photos],
      () => {
        if (phase.value !== 'writing') return
        kept.value = false
        clearTimeout(saving)
        saving = window.setTimeout(() => void keep(), 400)
      },
      { deep: true },
    )
  }
  void start()

  return { draft, townships, phase, share, kept, wrong, wrongCount, failure, answer, send, attempt, edit, again }
}

function wire(fields: Fields): Record<string, string> {
  return { t: 'report', ...Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value.trim()])) }
}

function remembered(): Township[] {
  try {
    return JSON.parse(localStorage.getItem(REGIONS) ?? '[]') as Township[]
  } catch {
    return []
  }
}

async function focusWrong(): Promise<void> {
  await nextTick()
  const first = document.querySelector<HTMLElement>('.bad input, .bad textarea, .bad select, .bad button')
  first?.focus()
  first?.scrollIntoView({ block: 'center' })
}
