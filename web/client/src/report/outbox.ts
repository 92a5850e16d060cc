// What waits on this device, and its sending: one after the other, as soon as there is a network, for as long as a page stands that has to do with it.
import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Entered } from '@/api'
import { newKey, RefusedError } from '@/live/connection'
import { loadDraft, type Draft } from './draft'
import { fromDraft, full, momentAfter, nextDue, outcomeOf, pauseAfter, toDraft, whyOf, type Outcome, type Owner, type Waiting } from './queue'
import { isThere, lay, remove, rewrite, takeBack, tidy, waitingOf } from './shelf'
import { deliver, ownerOf, type Way } from './way'

/** One that the server has, for whoever sees the page. */
export interface Sent<T extends Entered> {
  one: Waiting
  answer: T
}

export interface Outbox<T extends Entered> {
  waiting: ShallowRef<Waiting[]>
  /** Key of the one that is on its way, and how much of it, percent. */
  sending: Ref<string>
  share: Ref<number>
  /** Since the page was opened. */
  sent: ShallowRef<Sent<T>[]>
  /** Why the others wait; empty: they do not. */
  stopped: Ref<Outcome | ''>
  /** Something would go out if it could. */
  due: ComputedRef<boolean>
  /** How many had lain here for so long that they were deleted now. */
  gone: Ref<number>
  /** What was kept here is known. */
  ready: Promise<void>
  /** One more, in place of the draft. Why it is not kept; null: it is. */
  add: (draft: Draft) => Promise<RefusedError | null>
  /** To be written on again; null where it is not here any more. */
  take: (key: string) => Promise<Draft | null>
  discard: (key: string) => Promise<void>
  /** Until no more can be sent at present. */
  run: () => Promise<void>
  close: () => void
}

/** One at a time of an owner, also where a page was left while one was on its way. */
const rounds = new Map<Owner, Promise<void>>()
const open = new Map<Owner, { outbox: Outbox<Entered>; readers: number }>()

/** The tab's, shared by whoever shows it, for the life of the calling scope. */
export function useOutbox<T extends Entered>(way: Way<T>): Outbox<T> {
  const owner = ownerOf(way.kept)
  const shared = open.get(owner) ?? { outbox: openOutbox(way), readers: 0 }
  shared.readers++
  open.set(owner, shared)
  onScopeDispose(() => {
    if (--shared.readers > 0) return
    open.delete(owner)
    shared.outbox.close()
  })
  return shared.outbox as unknown as Outbox<T>
}

export function openOutbox<T extends Entered>(way: Way<T>): Outbox<T> {
  const owner = ownerOf(way.kept)
  const waiting = shallowRef<Waiting[]>([])
  const sending = ref('')
  const share = ref(0)
  const sent = shallowRef<Sent<T>[]>([])
  const stopped = ref<Outcome | ''>('')
  const gone = ref(0)
  const due = computed(() => nextDue(waiting.value, new Set(), Date.now()) !== undefined)
  let closed = false
  let timer = 0
  let failures = 0
  /** Seconds that the server has asked for. */
  let wish = 0
  let running: Promise<void> | null = null

  /** What is done to what is kept, one after the other: nothing that is added or taken back meanwhile is lost by reading it anew. */
  let turns: Promise<unknown> = Promise.resolve()
  function turn<R>(act: () => Promise<R>): Promise<R> {
    const mine = turns.then(act)
    turns = mine.catch(() => undefined)
    return mine
  }

  async function begin(): Promise<void> {
    gone.value = await tidy(owner, Date.now())
    await load()
    const draft = await loadDraft(way.kept)
    // An earlier version kept a single one, as a draft that was to be sent.
    if (draft?.queued) await put({ ...draft, key: draft.key || newKey() })
  }

  async function load(): Promise<void> {
    waiting.value = await waitingOf(owner)
  }

  async function put(draft: Draft): Promise<void> {
    const one = fromDraft(owner, draft, momentAfter(waiting.value, Date.now()))
    await lay(one, way.kept)
    waiting.value = [...waiting.value, one]
  }

  const add = (draft: Draft): Promise<RefusedError | null> =>
    turn(async () => {
      const problem = full(waiting.value, fromDraft(owner, draft, 0))
      if (!problem) await put(draft)
      return problem
    })

  /** Out of the list at once: no round sends it any more. Undefined where it is not here, or on its way. */
  function out(key: string): Waiting | undefined {
    const one = sending.value === key ? undefined : waiting.value.find((other) => other.key === key)
    if (one) waiting.value = without(key)
    return one
  }
  const without = (key: string): Waiting[] => waiting.value.filter((one) => one.key !== key)

  const take = (key: string): Promise<Draft | null> =>
    turn(async () => {
      const one = out(key)
      if (!one || !(await isThere(one))) return null
      const draft = toDraft(one)
      await takeBack(one, way.kept, draft)
      return draft
    })

  const discard = (key: string): Promise<void> =>
    turn(async () => {
      const one = out(key)
      if (one) await remove(one)
    })

  function run(): Promise<void> {
    if (running) return running
    clearTimeout(timer)
    running = (rounds.get(owner) ?? ready).then(() => ready).then(round)
    rounds.set(owner, running)
    return running
  }

  async function round(): Promise<void> {
    try {
      // Another window, or a page that was left a moment ago, may have sent some.
      if (!closed) await turn(load)
      stopped.value = ''
      wish = 0
      const tried = new Set<string>()
      const next = (): Waiting | undefined => (closed ? undefined : nextDue(waiting.value, tried, Date.now()))
      for (let one = next(); one; one = next()) {
        tried.add(one.key)
        if (!(await goes(one))) break
      }
    } finally {
      running = null
      plan()
    }
  }

  /** Whether the next one may be tried. */
  async function goes(one: Waiting): Promise<boolean> {
    if (!navigator.onLine) {
      stopped.value = 'cut'
      return false
    }
    sending.value = one.key
    share.value = 0
    try {
      const answer = await deliver(way, one, (part) => (share.value = Math.round(part * 100)))
      way.done?.(answer)
      await remove(one)
      sent.value = [...sent.value, { one, answer }]
      waiting.value = without(one.key)
      failures = 0
      return true
    } catch (error) {
      return await failed(one, error)
    } finally {
      sending.value = ''
    }
  }

  async function failed(one: Waiting, error: unknown): Promise<boolean> {
    const outcome = outcomeOf(error)
    if (outcome === 'refused') {
      const marked = { ...one, refused: whyOf(error) }
      await rewrite(marked)
      waiting.value = waiting.value.map((other) => (other.key === one.key ? marked : other))
      return true
    }
    stopped.value = outcome
    if (outcome === 'slower' && error instanceof RefusedError) wish = Number(error.detail.seconds) || 0
    return outcome === 'later'
  }

  /** The next round by itself. Without a network the browser says when there is one; who has to sign in comes back to this page, or to another. */
  function plan(): void {
    if (closed || !due.value || stopped.value === 'signIn' || !navigator.onLine) return
    timer = window.setTimeout(() => void run(), pauseAfter(failures++, wish))
  }

  const online = (): void => {
    failures = 0
    if (due.value) void run()
  }
  const seen = (): void => void (!document.hidden && stopped.value && online())
  window.addEventListener('online', online)
  document.addEventListener('visibilitychange', seen)

  function close(): void {
    closed = true
    clearTimeout(timer)
    window.removeEventListener('online', online)
    document.removeEventListener('visibilitychange', seen)
  }

  const ready = turn(begin)
  return { waiting, sending, share, sent, stopped, due, gone, ready, add, take, discard, run, close }
}
