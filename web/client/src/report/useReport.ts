// The life of a report: written, checked, laid where reports wait, sent once, answered.
import { computed, getCurrentScope, nextTick, onScopeDispose, reactive, ref, shallowRef, toRaw, watch } from 'vue'
import type { Entered } from '@/api'
import { newKey, RefusedError } from '@/live/connection'
import type { Person } from '@/resident/resident'
import { nameProblem } from './name'
import { useOutbox } from './outbox'
import { phoneProblem } from './phone'
import { anotherAsked, lately, type Remembered } from './remembered'
import { emptyDraft, ended, isEmpty, leftTelling, loadDraft, saveDraft, type Draft, type Fields, type Told } from './draft'
import type { Why } from './queue'
import { useTownships } from './townships'
import { accountHere, byAccount, RESIDENT, type Way } from './way'

/** What a voice says as well: it may be left empty. */
const IN_VOICE: readonly (keyof Fields)[] = ['title', 'facts']

export function useReport() {
  const another = anotherAsked()
  return useWay({ ...RESIDENT, last: () => (another ? null : lately()) })
}

export function useWay<T extends Entered>(way: Way<T>) {
  const draft = reactive<Draft>(emptyDraft())
  const townships = useTownships()
  const outbox = useOutbox(way)
  /** `queued`: what waits is looked at. */
  const phase = ref<'writing' | 'queued' | 'sending' | 'done'>('writing')
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
  /** Something stands in the form. */
  const begun = computed(() => !isEmpty(draft))
  const scope = getCurrentScope()
  let saving = 0
  let changes = 0
  /** The page was left: what waits stays kept, and goes out when it is opened again. */
  let gone = false
  /** Tells the page that comes next that what was told is kept. */
  let toldIsKept = (): void => undefined

  const plain = (): Draft => ({ fields: { ...toRaw(draft.fields) }, photos: draft.photos.map((photo) => toRaw(photo)), told: draft.told && { ...toRaw(draft.told), blob: toRaw(draft.told.blob) }, key: draft.key, own: draft.own, queued: false, privacy: draft.privacy })

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

  function fits(): boolean {
    for (const field of Object.keys(wrong)) delete wrong[field]
    for (const field of way.needed) if (!draft.fields[field].trim() && !(field === 'phone' && byAccount(draft)) && !(IN_VOICE.includes(field) && (draft.told || telling.value))) wrong[field] = `${way.tag}.need.${field}`
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
    if (way.privacy) draft.privacy = way.privacy
    phase.value = 'sending'
    // A photograph chosen a moment before goes along.
    if (shrinking.value) await new Promise<void>((resolve) => watch(shrinking, () => resolve(), { once: true }))
    // From now on it waits, and is kept no more as one that is being written: the next report would begin with it.
    clearTimeout(saving)
    saving = 0
    const { key } = draft
    const before = outbox.due.value
    const full = await outbox.add(plain())
    if (full) return back(() => (failure.value = full))
    if (before) fresh('queued')
    await outbox.run()
    if (!gone) settle(key)
  }

  /** What became of what waited. */
  function settle(key = ''): void {
    if (phase.value !== 'sending' && phase.value !== 'queued') return
    const sent = outbox.sent.value
    const waiting = outbox.waiting.value
    const last = waiting.length ? undefined : key ? sent.find(({ one }) => one.key === key) : sent[0]
    if (last && (sent.length === 1 || phase.value === 'sending')) {
      answer.value = last.answer
      phase.value = 'done'
      return
    }
    const one = waiting.find((other) => other.refused && (key ? other.key === key : waiting.length === 1 && !sent.length))
    // It needs the person, who has nothing else in hand.
    if (one && (phase.value === 'sending' || !begun.value)) return void edit(one.key)
    if (phase.value === 'sending') fresh('queued')
  }

  /** Sent, or tried again, now. */
  async function attempt(): Promise<void> {
    await outbox.run()
    if (!gone) settle()
  }

  function mark({ code, detail }: Why): void {
    const field = String(detail.field ?? '')
    const error = new RefusedError(code, '', detail)
    // Nobody is signed in here any more, or somebody else: the number has to be written.
    if (byAccount(draft) && field === 'phone') {
      draft.own = ''
      wrong.phone = 'report.need.number'
    } else if (field in draft.fields || field === 'photos' || field === 'spoken') wrong[field] = error
    else failure.value = error
  }

  /** It was not taken: shown where it needs the person. */
  function back(show: () => void): void {
    phase.value = 'writing'
    show()
    void keep()
    void focusWrong()
  }

  /** Back to writing. */
  async function edit(key: string): Promise<void> {
    const why = outbox.waiting.value.find((one) => one.key === key)?.refused
    const taken = await outbox.take(key)
    if (!taken || gone) return
    handed.value = null
    fresh('writing', taken)
    // What is put into the form takes away what was marked in it before.
    await nextTick()
    if (gone) return
    back(() => why && mark(why))
    if (!account.value) void known()
  }

  /** The person does not want it sent any more, and was asked. */
  async function discard(key: string): Promise<void> {
    await outbox.discard(key)
    if (!gone && phase.value === 'queued' && !outbox.waiting.value.length && !outbox.sent.value.length) phase.value = 'writing'
  }

  /** An empty form, or one with this in it. */
  function fresh(now: 'writing' | 'queued', from?: Draft): void {
    const { name, phone, region, source } = draft.fields
    // Who reports again is the same person; whoever staff writes of next is another.
    Object.assign(draft, emptyDraft(), from ?? { own: draft.own, fields: { ...emptyDraft().fields, ...(way.tag === 'report' ? { name, phone } : {}), region, source } })
    for (const field of Object.keys(wrong)) delete wrong[field]
    failure.value = null
    answer.value = null
    stored.value = false
    phase.value = now
  }

  const again = (): void => fresh('writing')

  /** What waits, or the form. */
  const look = (): void => void (phase.value = 'queued')
  const write = (): void => void (phase.value = 'writing')

  /** A form for another one, at its first question. */
  function another(): void {
    handed.value = null
    void nextTick(() => document.querySelector<HTMLElement>('#report input')?.focus())
  }

  /** The account's number need not be written again. Nothing of it is kept on the phone, which may be shared. */
  async function known(): Promise<void> {
    const here = way.account ? await accountHere() : null
    // As for a guest; the server says whether a report that waits is of who is signed in there.
    if (here === undefined) return
    // Never the number of somebody else than whose it was written as.
    if (draft.own !== here?.id) draft.own = ''
    account.value = here
  }

  const late = (): void => void (saving && keep())
  const hidden = (): void => void (document.hidden && late())
  document.addEventListener('visibilitychange', hidden)
  onScopeDispose(() => {
    gone = true
    if (telling.value) toldIsKept = leftTelling(way.kept)
    document.removeEventListener('visibilitychange', hidden)
    late()
  })

  async function start(): Promise<void> {
    await ended(way.kept)
    await outbox.ready
    const last = await loadDraft(way.kept)
    if (last) {
      // What was written while it was fetched stands.
      const written = Object.entries(draft.fields).filter(([field, text]) => text !== emptyDraft().fields[field as keyof Fields])
      Object.assign(draft, last, { fields: { ...emptyDraft().fields, ...last.fields, ...Object.fromEntries(written) } })
      stored.value = true
    } else if (!outbox.waiting.value.length) handed.value = way.last?.() ?? null
    if (gone) return
    scope?.run(follow)
    if (outbox.waiting.value.length) await resume()
    if (gone || phase.value !== 'writing') return
    if (!account.value) await known()
    // What is kept may be of who wrote here before: its number is only offered.
    if (!last && !draft.key && !draft.fields.phone) draft.own = account.value?.id ?? ''
  }

  /** What waits is sent; it is what the page shows, unless another one is being written. */
  async function resume(): Promise<void> {
    if (!begun.value) phase.value = 'queued'
    await outbox.run()
    if (!gone) settle()
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
    watch(outbox.sent, (sent) => {
      const last = sent.at(-1)
      if (last) way.here?.(last.answer)
    })
    // Of a round that came by itself.
    watch(outbox.sending, (key) => !key && phase.value === 'queued' && void nextTick(() => !gone && phase.value === 'queued' && settle()))
  }
  void start()

  return { draft, townships, account, outbox, phase, share: outbox.share, shrinking, telling, kept, begun, wrong, wrongCount, failure, answer, handed, another, take, send, attempt, edit, discard, again, look, write }
}

async function focusWrong(): Promise<void> {
  await nextTick()
  const first = document.querySelector<HTMLElement>(':is(.bad input, .bad textarea, .bad select, .bad button):not(:disabled)') ?? document.querySelector<HTMLElement>('.failure')
  first?.focus()
  first?.scrollIntoView({ block: 'center' })
}
