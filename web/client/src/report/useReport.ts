// The life of a report: written, checked, kept, sent once, answered.
import { computed, nextTick, onScopeDispose, reactive, ref, shallowRef, toRaw, watch } from 'vue'
import { get, sendReport, type Entered, type ReportAnswer } from '@/api'
import { newKey, RefusedError } from '@/live/connection'
import { remember } from './remembered'
import { dropDraft, emptyDraft, loadDraft, saveDraft, type Draft, type Fields, type Kept } from './draft'

export interface Township {
  code: string
  name: string
}

const REGIONS = 'heyi.regions'
const RETRY = 8_000

/** Whose report it is: what has to be in it, where it goes, and what is done with the answer. */
export interface Way<T extends Entered> {
  kept: Kept
  tag: 'report' | 'intake'
  needed: readonly (keyof Fields)[]
  send: (report: unknown, photos: Blob[], key: string, progress: (share: number) => void) => Promise<T>
  done?: (answer: T) => void
}

const RESIDENT: Way<ReportAnswer> = {
  kept: 'draft',
  tag: 'report',
  needed: ['title', 'facts', 'region', 'name', 'phone'],
  send: sendReport,
  done: (answer) => remember({ case: answer.case, as: answer.as, code: answer.code, at: new Date().toISOString() }),
}

export const useReport = () => useWay(RESIDENT)

export function useWay<T extends Entered>(way: Way<T>) {
  const draft = reactive<Draft>(emptyDraft())
  const townships = ref<Township[]>(remembered())
  const phase = ref<'writing' | 'queued' | 'sending' | 'done'>('writing')
  const share = ref(0)
  const stored = ref(false)
  /** Photographs are being made smaller and are in no draft yet. */
  const shrinking = ref(false)
  const kept = computed(() => stored.value && !shrinking.value)
  const wrong = reactive<Record<string, string | RefusedError>>({})
  const failure = ref<unknown>(null)
  const answer = shallowRef<T | null>(null)
  const wrongCount = computed(() => Object.keys(wrong).length)
  let timer = 0
  let saving = 0
  let changes = 0

  const plain = (): Draft => ({ fields: { ...toRaw(draft.fields) }, photos: draft.photos.map((photo) => toRaw(photo)), key: draft.key, queued: draft.queued })

  async function keep(): Promise<void> {
    const written = changes
    await saveDraft(way.kept, plain())
    // What was changed while this was on its way is not kept yet.
    if (written === changes) stored.value = true
  }

  function fits(): boolean {
    for (const field of Object.keys(wrong)) delete wrong[field]
    for (const field of way.needed) if (!draft.fields[field].trim()) wrong[field] = `${way.tag}.need.${field}`
    return wrongCount.value === 0
  }

  async function send(): Promise<void> {
    failure.value = null
    if (!fits()) return void focusWrong()
    draft.key ||= newKey()
    draft.queued = true
    share.value = 0
    phase.value = 'sending'
    // A photograph chosen a moment before goes along.
    if (shrinking.value) await new Promise<void>((resolve) => watch(shrinking, () => resolve(), { once: true }))
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
      answer.value = await way.send(wire(way.tag, draft.fields), draft.photos, draft.key, (part) => (share.value = Math.round(part * 100)))
      phase.value = 'done'
      way.done?.(answer.value)
      await dropDraft(way.kept)
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
    const { name, phone, region, source } = draft.fields
    // Who reports again is the same person; whoever staff writes of next is another.
    Object.assign(draft, emptyDraft(), { fields: { ...emptyDraft().fields, ...(way.tag === 'report' ? { name, phone } : {}), region, source } })
    answer.value = null
    stored.value = false
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
    const last = await loadDraft(way.kept)
    if (last) {
      Object.assign(draft, last, { fields: { ...emptyDraft().fields, ...last.fields } })
      stored.value = true
      if (last.queued) await attempt()
    }
    // What was marked as wrong is written anew: whether it is right now is seen when it is sent.
    watch(
      () => ({ ...draft.fields }),
      (now, was) => {
        for (const field of Object.keys(now) as (keyof Fields)[]) if (now[field] !== was[field]) delete wrong[field]
      },
    )
    watch(
      () => [draft.fields, draft.photos],
      () => {
        if (phase.value !== 'writing') return
        changes++
        stored.value = false
        clearTimeout(saving)
        saving = window.setTimeout(() => void keep(), 400)
      },
      { deep: true },
    )
  }
  void start()

  return { draft, townships, phase, share, shrinking, kept, wrong, wrongCount, failure, answer, send, attempt, edit, again }
}

function wire(tag: Way<Entered>['tag'], fields: Fields): Record<string, string> {
  const sent = Object.entries(fields).filter(([key]) => tag === 'intake' || key !== 'source')
  return { t: tag, ...Object.fromEntries(sent.map(([key, value]) => [key, value.trim()])) }
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
