// The life of a report: written, checked, kept, sent once, answered.
import { computed, getCurrentScope, nextTick, onScopeDispose, reactive, ref, shallowRef, toRaw, watch } from 'vue'
import { get, sendReport, type Attached, type ByAccount, type Entered, type ReportAnswer } from '@/api'
import { newKey, RefusedError } from '@/live/connection'
import { about, ME, person, type Person } from '@/resident/resident'
import { setTab } from '@/session'
import { nameProblem } from './name'
import { NOTICE } from './notice'
import { phoneProblem } from './phone'
import { anotherAsked, lately, remember, type Remembered } from './remembered'
import { dropDraft, emptyDraft, ended, leftTelling, loadDraft, saveDraft, type Draft, type Fields, type Kept, type Told } from './draft'

export interface Township {
  code: string
  name: string
}

const REGIONS = 'heyi.regions'
const RETRY = 8_000
/** Longer than it takes to say who is signed in, ms. */
const LOOK = 5_000

/** What a voice says as well: it may be left empty. */
const IN_VOICE: readonly (keyof Fields)[] = ['title', 'facts']

/** Whose report it is: what has to be in it, where it goes, and what is done with the answer. */
export interface Way<T extends Entered> {
  kept: Kept
  tag: 'report' | 'intake'
  needed: readonly (keyof Fields)[]
  send: (report: unknown, files: Attached, key: string, progress: (share: number) => void, by?: ByAccount) => Promise<T>
  /** Who is signed in here may report by the account's number. */
  account?: boolean
  /** Version of the privacy notice on the form. */
  privacy?: string
  done?: (answer: T) => void
  /** What was handed in a moment ago by this way, for whoever comes back to an empty form. */
  last?: () => Remembered | null
  /** The page still stands: what the tab becomes by it. */
  here?: (answer: T) => void
}

const RESIDENT: Way<ReportAnswer> = {
  kept: 'draft',
  tag: 'report',
  needed: ['title', 'facts', 'region', 'name', 'phone'],
  send: sendReport,
  account: true,
  privacy: NOTICE.version,
  done: (answer) => remember({ case: answer.case, as: answer.as, code: answer.code, at: new Date().toISOString() }),
  here: (answer) => setTab(answer.as),
}

export function useReport() {
  const another = anotherAsked()
  return useWay({ ...RESIDENT, last: () => (another ? null : lately()) })
}

export function useWay<T extends Entered>(way: Way<T>) {
  const draft = reactive<Draft>(emptyDraft())
  const townships = ref<Township[]>(lastTownships())
  const phase = ref<'writing' | 'queued' | 'sending' | 'done'>('writing')
  const share = ref(0)
  const stored = ref(false)
  /** Photographs are being made smaller and are in no draft yet. */
  const shrinking = ref(false)
  /** It is being told by voice. */
  const telling = ref(false)
  const kept = computed(() => stored.value && !shrinking.value && !telling.value)
  const wrong = reactive<Record<string, string | RefusedError>>({})
  const failure = ref<unknown>(null)
  const answer = shallowRef<T | null>(null)
  /** In place of an empty form, until another report is begun. */
  const handed = shallowRef<Remembered | null>(null)
  /** The resident's account that is signed in here. */
  const account = shallowRef<Pick<Person, 'id' | 'phone'> | null>(null)
  const wrongCount = computed(() => Object.keys(wrong).length)
  const scope = getCurrentScope()
  let timer = 0
  let saving = 0
  let changes = 0
  /** The page was left: what waits stays kept, and goes out when it is opened again. */
  let gone = false
  /** Tells the page that comes next that what was told is kept. */
  let toldIsKept = (): void => undefined

  const plain = (): Draft => ({ fields: { ...toRaw(draft.fields) }, photos: draft.photos.map((photo) => toRaw(photo)), told: draft.told && { ...toRaw(draft.told), blob: toRaw(draft.told.blob) }, key: draft.key, own: draft.own, queued: draft.queued, privacy: draft.privacy })

  /** At once, also what was changed a moment before. */
  async function keep(): Promise<void> {
    clearTimeout(saving)
    saving = 0
    const written = changes
    await saveDraft(way.kept, plain())
    // What was changed while this was on its way is not kept yet.
    if (written === changes) stored.value = true
  }

  function changed(): void {
    changes++
    stored.value = false
  }

  /** What was told, or left out, comes back from no memory: it is kept at once, also when the page is gone already. */
  function take(told: Told | null): void {
    draft.told = told
    changed()
    void keep().finally(toldIsKept)
  }

  const byAccount = (): boolean => Boolean(draft.own) && !draft.fields.phone.trim()

  function fits(): boolean {
    for (const field of Object.keys(wrong)) delete wrong[field]
    for (const field of way.needed) if (!draft.fields[field].trim() && !(field === 'phone' && byAccount()) && !(IN_VOICE.includes(field) && (draft.told || telling.value))) wrong[field] = `${way.tag}.need.${field}`
    for (const field of ['phone', 'other_phone'] as const) {
      const problem = phoneProblem(draft.fields[field], field)
      if (problem) wrong[field] = problem
    }
    for (const field of ['name', 'other_name'] as const) {
      const problem = nameProblem(draft.fields[field], field)
      if (problem) wrong[field] = problem
    }
    if (telling.value) wrong.spoken = 'report.spoken.wait'
    return wrongCount.value === 0
  }

  async function send(): Promise<void> {
    failure.value = null
    if (!fits()) return void focusWrong()
    draft.key ||= newKey()
    draft.queued = true
    if (way.privacy) draft.privacy = way.privacy
    share.value = 0
    phase.value = 'sending'
    // A photograph chosen a moment before goes along.
    if (shrinking.value) await new Promise<void>((resolve) => watch(shrinking, () => resolve(), { once: true }))
    // What is still to be kept is kept now, and not once more when it was taken: the next report would begin with it.
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
    const own = byAccount()
    // While it waited, somebody else may have signed in here.
    if (own) await known()
    if (gone) return
    if (own && !draft.own) return back(() => (wrong.phone = 'report.need.number'))
    try {
      const by = own ? { as: ME, account: draft.own } : undefined
      answer.value = await way.send(wire(way.tag, draft), { photos: draft.photos, told: draft.told?.blob }, draft.key, (part) => (share.value = Math.round(part * 100)), by)
      phase.value = 'done'
      way.done?.(answer.value)
      if (!gone) way.here?.(answer.value)
      await dropDraft(way.kept)
    } catch (error) {
      if (gone) return
      if (error instanceof RefusedError && error.retry) {
        phase.value = 'queued'
        timer = window.setTimeout(() => void attempt(), RETRY)
        return
      }
      back(() => refuse(error, own))
    }
  }

  function refuse(error: unknown, own: boolean): void {
    const field = error instanceof RefusedError ? String(error.detail.field ?? '') : ''
    // Nobody is signed in here any more, or somebody else: the number has to be written.
    if (own && field === 'phone') {
      draft.own = ''
      wrong.phone = 'report.need.number'
    } else if (error instanceof RefusedError && (field in draft.fields || field === 'photos' || field === 'spoken')) wrong[field] = error
    else failure.value = error
  }

  /** It was not taken: kept as one that is written, and shown where it needs the person. */
  function back(mark: () => void): void {
    phase.value = 'writing'
    draft.queued = false
    mark()
    void keep()
    void focusWrong()
  }

  /** Back to writing: the key stays, since the server may have it already. */
  function edit(): void {
    clearTimeout(timer)
    draft.queued = false
    phase.value = 'writing'
    void keep()
    if (!account.value) void known()
  }

  function again(): void {
    const { name, phone, region, source } = draft.fields
    // Who reports again is the same person; whoever staff writes of next is another.
    Object.assign(draft, emptyDraft(), { own: draft.own, fields: { ...emptyDraft().fields, ...(way.tag === 'report' ? { name, phone } : {}), region, source } })
    answer.value = null
    stored.value = false
    phase.value = 'writing'
  }

  /** A form for another one, at its first question. */
  function another(): void {
    handed.value = null
    void nextTick(() => document.querySelector<HTMLElement>('#report input')?.focus())
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

  /** The account's number need not be written again. Nothing of it is kept on the phone, which may be shared. */
  async function known(): Promise<void> {
    let here: Person | null
    try {
      here = way.account && (await about(LOOK)).signed_in ? await person(LOOK) : null
    } catch {
      // As for a guest; the server says whether a report that waits is of who is signed in there.
      return
    }
    // Never the number of somebody else than whose it was written as.
    if (draft.own !== here?.id) draft.own = ''
    account.value = here
  }

  const online = (): void => {
    if (townships.value.length === 0) void regions()
    if (draft.queued && phase.value === 'queued') void attempt()
  }
  const late = (): void => void (saving && keep())
  const hidden = (): void => void (document.hidden && late())
  window.addEventListener('online', online)
  document.addEventListener('visibilitychange', hidden)
  onScopeDispose(() => {
    gone = true
    if (telling.value) toldIsKept = leftTelling(way.kept)
    window.removeEventListener('online', online)
    document.removeEventListener('visibilitychange', hidden)
    clearTimeout(timer)
    late()
  })

  async function start(): Promise<void> {
    void regions()
    await ended(way.kept)
    const last = await loadDraft(way.kept)
    if (last) {
      // What was written while it was fetched stands.
      const written = Object.entries(draft.fields).filter(([field, text]) => text !== emptyDraft().fields[field as keyof Fields])
      Object.assign(draft, last, { fields: { ...emptyDraft().fields, ...last.fields, ...Object.fromEntries(written) } })
      stored.value = true
      if (last.queued) await attempt()
    } else handed.value = way.last?.() ?? null
    if (gone) return
    scope?.run(follow)
    if (phase.value !== 'writing') return
    if (!account.value) await known()
    // What is kept may be of who wrote here before: its number is only offered.
    if (!last && !draft.fields.phone) draft.own = account.value?.id ?? ''
  }

  function follow(): void {
    // What was marked as wrong is written anew: whether it is right now is seen when it is sent.
    watch(
      () => ({ ...draft.fields, photos: draft.photos, spoken: draft.told }),
      (now, was) => {
        for (const field of Object.keys(now) as (keyof typeof now)[]) if (now[field] !== was[field]) delete wrong[field]
        if (now.spoken) for (const field of IN_VOICE) delete wrong[field]
        if (failure.value instanceof RefusedError && failure.value.detail.field) failure.value = null
      },
    )
    watch(
      () => draft.own,
      (own) => own && delete wrong.phone,
    )
    watch(
      () => [draft.fields, draft.photos],
      () => {
        if (phase.value !== 'writing') return
        changed()
        clearTimeout(saving)
        saving = window.setTimeout(() => void keep(), 400)
      },
      { deep: true },
    )
  }
  void start()

  return { draft, townships, account, phase, share, shrinking, telling, kept, wrong, wrongCount, failure, answer, handed, another, take, send, attempt, edit, again }
}

function wire(tag: Way<Entered>['tag'], { fields, privacy }: Draft): Record<string, string> {
  const sent = Object.entries(fields).filter(([key]) => tag === 'intake' || key !== 'source')
  return { t: tag, ...Object.fromEntries(sent.map(([key, value]) => [key, value.trim()])), ...(privacy ? { privacy } : {}) }
}

function lastTownships(): Township[] {
  try {
    return JSON.parse(localStorage.getItem(REGIONS) ?? '[]') as Township[]
  } catch {
    return []
  }
}

async function focusWrong(): Promise<void> {
  await nextTick()
  const first = document.querySelector<HTMLElement>(':is(.bad input, .bad textarea, .bad select, .bad button):not(:disabled)') ?? document.querySelector<HTMLElement>('.failure')
  first?.focus()
  first?.scrollIntoView({ block: 'center' })
}
