// The one websocket of a tab: says hello, keeps topics current, resumes after a cut, queues commands while offline.
import { decode, encode } from '@msgpack/msgpack'
import { reactive, shallowReactive } from 'vue'
import { tab } from '@/session'
import { comesBack, pause, wish } from './backoff'
import { applyPatch, type Doc } from './patch'
import { PROTOCOL_VERSION, type Ask, type ClientMessage, type Command, type DraftUpdate, type ServerMessage } from './messages'

export type Health = 'connecting' | 'online' | 'reconnecting' | 'closed'

export interface Topic {
  name: string
  epoch: string
  offset: number
  doc: Doc | null
  /** Why there is nothing to read: the server's code of `gone`. */
  gone: string
}

export class RefusedError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly detail: Record<string, unknown> = {},
    readonly retry = false,
  ) {
    super(message)
  }
}

interface Waiting {
  message: ClientMessage
  resolve: (result: Record<string, unknown>) => void
  reject: (error: Error) => void
  durable: boolean
  /** Which command of this page it is, and whether it was written to a line: then it may have arrived. */
  number: number
  sent: boolean
}

/** Milliseconds without a word after which a line counts as dead, and within which a doubtful one must answer. */
const SILENCE = 45_000
const ANSWER_WITHIN = 4_000
/** Commands that may wait for the line; a person has long seen by then that it is cut. */
const QUEUE_LIMIT = 200
/** Unanswered at a time: all of a long queue at once would be more than the server lets anybody send. */
const IN_FLIGHT = 40

/** Chromium's Network Information API, where there is one. */
const network = (): EventTarget | undefined => (navigator as Navigator & { connection?: EventTarget }).connection

const lines = new Set<Connection>()
let commands = 0
/** How many commands were given so far: `takeBack` counts from there. */
export const given = (): number => commands

/** Whether a command that was given since then has no answer. */
export const waits = (since: number): boolean => [...lines].some((line) => line.asked(since).length > 0)

export type TakenBack = 'nothing' | 'all' | 'unsure' | 'waits'

/** Take back every command that was given since then and has no answer: none is sent again. `waits`: one is on its way over a line that is there, and its answer is
 *  about to come; `unsure`: one had left before the line was cut, and may have been done. */
export function takeBack(since: number): TakenBack {
  const found = [...lines].flatMap((line) => line.takeBack(since))
  return (['waits', 'unsure', 'all'] as const).find((one) => found.includes(one)) ?? 'nothing'
}

let counter = 0
export const newKey = (): string => `${Date.now().toString(36)}-${(counter++).toString(36)}-${Math.random().toString(36).slice(2, 10)}`

export class Connection {
  /** `waiting` is how many commands have been given and not yet answered; `code` and `reason` are of the last close. */
  readonly state = reactive({ health: 'connecting' as Health, code: 0, reason: '', clock: 0, since: Date.now(), waiting: 0 })
  who: Record<string, unknown> = {}
  /** By which the server knows this page again when its line comes back. Who comes in anew, by loading the page or by another step of the own, is another. */
  private readonly name = newKey()
  private socket: WebSocket | null = null
  private topics = new Map<string, { topic: Topic; readers: number }>()
  private waiting = new Map<string, Waiting>()
  /** Keys in the order in which they are to be sent, and those that are on their way. */
  private unsent: string[] = []
  private inFlight = new Set<string>()
  /** Topics that were asked for again because an event was missing. */
  private asking = new Set<string>()
  private listeners = new Set<(message: ServerMessage) => void>()
  private attempts = 0
  private timer = 0
  private pulse = 0
  private doubt = 0
  private heard = 0
  /** Pings of this socket that were sent and answered so far: they are answered in their order. */
  private pings = 0
  private pongs = 0
  private ready = false

  constructor(private readonly code = '') {
    lines.add(this)
    this.open()
    window.addEventListener('online', this.wake)
    window.addEventListener('offline', this.doubtful)
    document.addEventListener('visibilitychange', this.wake)
    // A phone that changes from one network to another says so here, and its old socket never will.
    network()?.addEventListener('change', this.doubtful)
  }

  /** The server's time in milliseconds: pages count down by it, not by a phone's clock. */
  now(): number {
    return Date.now() + this.state.clock
  }

  /** Follow a topic. The same object is shared by all readers of this tab; call `release` when done. */
  follow(name: string): Topic {
    const known = this.topics.get(name)
    if (known) {
      known.readers++
      return known.topic
    }
    const topic = shallowReactive<Topic>({ name, epoch: '', offset: 0, doc: null, gone: '' })
    this.topics.set(name, { topic, readers: 1 })
    if (this.ready) this.subscribe(topic)
    return topic
  }

  release(name: string): void {
    const known = this.topics.get(name)
    if (!known || --known.readers > 0) return
    this.topics.delete(name)
    if (this.ready) this.send({ t: 'unsubscribe', topic: name })
  }

  /** A command: sent again after a cut with the same key, so that it happens once. */
  do(command: Command): Promise<Record<string, unknown>> {
    const key = newKey()
    return this.request({ t: 'do', key, command }, key, true)
  }

  asked(since: number): [string, Waiting][] {
    return [...this.waiting].filter(([, entry]) => entry.durable && entry.number > since)
  }

  /** What becomes of each. See `takeBack`. */
  takeBack(since: number): TakenBack[] {
    const online = this.ready
    return this.asked(since).map(([key, { sent, reject }]) => {
      if (sent && online) return 'waits'
      this.take(key)
      reject(sent ? new RefusedError('sent_maybe', 'It had left already and may have been done') : new RefusedError('taken_back', 'It was taken back before it was sent'))
      return sent ? 'unsure' : 'all'
    })
  }

  /** A request about media or the draft; fails at once when the line is cut, since its answer would be stale. */
  ask(request: Omit<Ask, 't' | 'key'>): Promise<Record<string, unknown>> {
    const key = newKey()
    return this.request({ t: 'ask', key, ...request }, key, false)
  }

  /** A draft update made on entry `base`. The editor keeps it and sends it again after a cut, once the draft is open on the new line. */
  update(session: string, document: string, update: Uint8Array, base: number): Promise<Record<string, unknown>> {
    const key = newKey()
    const message: DraftUpdate = { t: 'draft_update', key, session, document, update, base }
    return this.request(message, key, false)
  }

  send(message: ClientMessage): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(encode(message))
  }

  listen(listener: (message: ServerMessage) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  close(): void {
    window.removeEventListener('online', this.wake)
    window.removeEventListener('offline', this.doubtful)
    document.removeEventListener('visibilitychange', this.wake)
    network()?.removeEventListener('change', this.doubtful)
    clearTimeout(this.timer)
    clearTimeout(this.doubt)
    clearInterval(this.pulse)
    lines.delete(this)
    this.set('closed')
    this.socket?.close(1000)
    this.socket = null
  }

  private request(message: ClientMessage, key: string, durable: boolean): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.state.health === 'closed') {
        reject(new RefusedError('closed', 'The connection is closed'))
        return
      }
      if (this.waiting.size >= QUEUE_LIMIT) {
        reject(new RefusedError('busy', 'Too much is waiting for the connection', {}, true))
        return
      }
      this.keep(key, { message, resolve, reject, durable, number: ++commands, sent: false })
      if (this.ready) {
        this.unsent.push(key)
        this.pump()
      } else if (!durable) {
        this.take(key)
        reject(new RefusedError('offline', 'There is no connection at present', {}, true))
      }
    })
  }

  private keep(key: string, entry: Waiting): void {
    this.waiting.set(key, entry)
    this.state.waiting = this.waiting.size
  }

  private pump(): void {
    while (this.unsent.length && this.inFlight.size < IN_FLIGHT) {
      const key = this.unsent.shift()!
      const entry = this.waiting.get(key)
      if (!entry) continue
      this.inFlight.add(key)
      entry.sent = true
      this.send(entry.message)
    }
  }

  private take(key: string): Waiting | undefined {
    const entry = this.waiting.get(key)
    this.waiting.delete(key)
    this.inFlight.delete(key)
    if (this.ready) this.pump()
    this.state.waiting = this.waiting.size
    return entry
  }

  private open(): void {
    clearTimeout(this.timer)
    const url = new URL('/hub', location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    // Where several nodes serve, a proxy sends rooms to the one that has their media.
    if (location.pathname.startsWith('/room') || location.pathname.startsWith('/join')) url.searchParams.set('page', 'room')
    if (this.code) url.searchParams.set('code', this.code)
    else url.searchParams.set('as', tab())
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    this.socket = socket
    this.pings = this.pongs = 0
    socket.onopen = () => this.send({ t: 'hello', version: PROTOCOL_VERSION, language: document.documentElement.lang, window: this.name })
    socket.onmessage = (event) => {
      this.heard = Date.now()
      this.receive(decode(new Uint8Array(event.data as ArrayBuffer)) as ServerMessage)
    }
    socket.onclose = (event) => {
      if (this.socket === socket) this.lost(event.code, event.reason)
    }
  }

  private receive(message: ServerMessage): void {
    switch (message.t) {
      case 'welcome':
        this.welcome(message.who, message.now)
        break
      case 'snapshot':
        this.asking.delete(message.topic)
        this.change(message.topic, (t) => Object.assign(t, { epoch: message.epoch, offset: message.offset, doc: message.doc, gone: '' }))
        break
      case 'event':
        this.change(message.topic, (t) => {
          // An older offset is one that the snapshot already held.
          if (message.offset <= t.offset || t.doc === null) return
          if (message.offset > t.offset + 1) {
            // One is missing: from where we stand, and once for all that come until the answer.
            if (!this.asking.has(t.name)) this.subscribe(t)
            this.asking.add(t.name)
            return
          }
          t.doc = applyPatch(t.doc, message.patch as Doc)
          t.offset = message.offset
        })
        break
      case 'current':
        this.asking.delete(message.topic)
        this.change(message.topic, (t) => Object.assign(t, { epoch: message.epoch, offset: message.offset, gone: '' }))
        break
      case 'gone':
        this.change(message.topic, (t) => {
          Object.assign(t, { doc: message.code === 'again' ? t.doc : null, epoch: '', offset: 0, gone: message.code })
          if (message.code === 'again') this.subscribe(t)
        })
        break
      case 'pong':
        this.pongs++
        break
      case 'done':
        this.take(message.key)?.resolve((message.result ?? {}) as Record<string, unknown>)
        break
      case 'refused':
        this.take(message.key)?.reject(new RefusedError(message.code, message.message, message.detail, message.retry))
        break
    }
    for (const listener of this.listeners) listener(message)
  }

  private welcome(who: Record<string, unknown>, now: string | Date): void {
    this.who = who
    this.state.clock = new Date(now).getTime() - Date.now()
    this.attempts = 0
    this.asking.clear()
    this.ready = true
    this.set('online')
    for (const { topic } of this.topics.values()) this.subscribe(topic)
    this.inFlight.clear()
    this.unsent = [...this.waiting.keys()]
    this.pump()
    clearInterval(this.pulse)
    this.pulse = window.setInterval(this.beat, 15_000)
  }

  private subscribe(topic: Topic): void {
    this.send({ t: 'subscribe', topic: topic.name, epoch: topic.doc ? topic.epoch : '', offset: topic.offset })
  }

  private change(name: string, change: (topic: Topic) => void): void {
    const known = this.topics.get(name)
    if (known) change(known.topic)
  }

  private lost(code: number, reason = ''): void {
    this.ready = false
    this.socket = null
    clearInterval(this.pulse)
    clearTimeout(this.doubt)
    this.doubt = 0
    this.state.code = code
    this.state.reason = reason
    for (const [key, entry] of [...this.waiting]) {
      if (entry.durable) continue
      this.take(key)
      entry.reject(new RefusedError('offline', 'The connection was cut', {}, true))
    }
    if (this.state.health === 'closed') return
    if (!comesBack(code)) {
      this.set('closed')
      return
    }
    this.set('reconnecting')
    this.timer = window.setTimeout(() => this.open(), pause(code, reason, this.attempts++, Math.random()))
  }

  /** A phone that wakes, or finds a network again, does not wait for the timer, unless the server has asked for patience. */
  private wake = (): void => {
    if (document.visibilityState !== 'visible' || this.state.health === 'closed') return
    if (this.socket) this.doubtful()
    else if (!wish(this.state.reason)) this.open()
  }

  private beat = (): void => {
    if (Date.now() - this.heard > SILENCE) this.drop()
    else this.ping()
  }

  /** Which ping this is; 0 where the line has not begun: its welcome is the answer then. */
  private ping(): number {
    if (this.socket?.readyState !== WebSocket.OPEN) return 0
    this.send({ t: 'ping' })
    return ++this.pings
  }

  /** The line may be dead without having said so: it answers now, or it is made anew. */
  private doubtful = (): void => {
    if (!this.socket || this.doubt) return
    this.look(this.ping(), ANSWER_WITHIN)
  }

  /** What comes before the answer was on its way when the line was cut, or the line is slow and has much to bring: it is dead once nothing more comes. */
  private look(asked: number, wait: number): void {
    this.doubt = window.setTimeout(() => {
      this.doubt = 0
      if (asked ? this.pongs >= asked : this.ready) return
      const left = this.heard + ANSWER_WITHIN - Date.now()
      if (left > 0) this.look(asked, left)
      else this.drop()
    }, wait)
  }

  private drop(): void {
    const socket = this.socket
    if (!socket) return
    socket.onclose = socket.onmessage = null // its last words, minutes later, are of no interest
    socket.close()
    this.lost(1006)
  }

  private set(health: Health): void {
    if (this.state.health !== health) this.state.since = Date.now()
    this.state.health = health
    if (health !== 'closed') return
    // Nothing will be answered any more: whoever waits must be told.
    for (const key of [...this.waiting.keys()]) this.take(key)?.reject(new RefusedError('closed', 'The connection is closed'))
  }
}
