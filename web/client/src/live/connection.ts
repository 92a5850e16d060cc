// The one websocket of a tab: says hello, keeps topics current, resumes after a cut, queues commands while offline.
import { decode, encode } from '@msgpack/msgpack'
import { reactive, shallowReactive } from 'vue'
import { tab } from '@/session'
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
}

// Codes after which coming back by oneself is right; see realtime/session.py.
const COME_BACK = new Set([1000, 1001, 1005, 1006, 1012, 4408, 4429, 4503])
const FIRST_DELAY = 300
const LONGEST_DELAY = 15_000
const SILENCE = 45_000

let counter = 0
export const newKey = (): string => `${Date.now().toString(36)}-${(counter++).toString(36)}-${Math.random().toString(36).slice(2, 10)}`

export class Connection {
  readonly state = reactive({ health: 'connecting' as Health, code: 0, clock: 0, since: Date.now() })
  who: Record<string, unknown> = {}
  private socket: WebSocket | null = null
  private topics = new Map<string, { topic: Topic; readers: number }>()
  private waiting = new Map<string, Waiting>()
  private listeners = new Set<(message: ServerMessage) => void>()
  private attempts = 0
  private timer = 0
  private pulse = 0
  private heard = 0
  private ready = false

  constructor(private readonly code = '') {
    this.open()
    window.addEventListener('online', this.wake)
    document.addEventListener('visibilitychange', this.wake)
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

  /** A request about media or the draft; fails at once when the line is cut, since its answer would be stale. */
  ask(request: Omit<Ask, 't' | 'key'>): Promise<Record<string, unknown>> {
    const key = newKey()
    return this.request({ t: 'ask', key, ...request }, key, false)
  }

  /** A draft update; kept and sent again until the server has stored it. */
  update(session: string, document: string, update: Uint8Array): Promise<Record<string, unknown>> {
    const key = newKey()
    const message: DraftUpdate = { t: 'draft_update', key, session, document, update }
    return this.request(message, key, true)
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
    document.removeEventListener('visibilitychange', this.wake)
    clearTimeout(this.timer)
    clearInterval(this.pulse)
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
      this.waiting.set(key, { message, resolve, reject, durable })
      if (this.ready) this.send(message)
      else if (!durable) {
        this.waiting.delete(key)
        reject(new RefusedError('offline', 'There is no connection at present', {}, true))
      }
    })
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
    socket.onopen = () => this.send({ t: 'hello', version: PROTOCOL_VERSION, language: document.documentElement.lang })
    socket.onmessage = (event) => {
      this.heard = Date.now()
      this.receive(decode(new Uint8Array(event.data as ArrayBuffer)) as ServerMessage)
    }
    socket.onclose = (event) => {
      if (this.socket === socket) this.lost(event.code)
    }
  }

  private receive(message: ServerMessage): void {
    switch (message.t) {
      case 'welcome':
        this.welcome(message.who, message.now)
        break
      case 'snapshot':
        this.change(message.topic, (t) => Object.assign(t, { epoch: message.epoch, offset: message.offset, doc: message.doc, gone: '' }))
        break
      case 'event':
        this.change(message.topic, (t) => {
          // An older offset is one that the snapshot already held.
          if (message.offset <= t.offset || t.doc === null) return
          t.doc = applyPatch(t.doc, message.patch as Doc)
          t.offset = message.offset
        })
        break
      case 'current':
        this.change(message.topic, (t) => Object.assign(t, { epoch: message.epoch, offset: message.offset, gone: '' }))
        break
      case 'gone':
        this.change(message.topic, (t) => {
          Object.assign(t, { doc: message.code === 'again' ? t.doc : null, epoch: '', offset: 0, gone: message.code })
          if (message.code === 'again') this.subscribe(t)
        })
        break
      case 'done':
        this.waiting.get(message.key)?.resolve((message.result ?? {}) as Record<string, unknown>)
        this.waiting.delete(message.key)
        break
      case 'refused':
        this.waiting.get(message.key)?.reject(new RefusedError(message.code, message.message, message.detail, message.retry))
        this.waiting.delete(message.key)
        break
    }
    for (const listener of this.listeners) listener(message)
  }

  private welcome(who: Record<string, unknown>, now: string | Date): void {
    this.who = who
    this.state.clock = new Date(now).getTime() - Date.now()
    this.attempts = 0
    this.ready = true
    this.set('online')
    for (const { topic } of this.topics.values()) this.subscribe(topic)
    for (const { message } of this.waiting.values()) this.send(message)
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

  private lost(code: number): void {
    this.ready = false
    this.socket = null
    clearInterval(this.pulse)
    this.state.code = code
    for (const [key, entry] of this.waiting) {
      if (entry.durable) continue
      this.waiting.delete(key)
      entry.reject(new RefusedError('offline', 'The connection was cut', {}, true))
    }
    if (this.state.health === 'closed') return
    if (!COME_BACK.has(code)) {
      this.set('closed')
      return
    }
    this.set('reconnecting')
    // Full jitter: ten thousand clients of a restarted server must not come back in the same moment.
    const ceiling = code === 4503 ? FIRST_DELAY : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.attempts++)
    const spread = code === 1012 ? 3000 : ceiling
    this.timer = window.setTimeout(() => this.open(), FIRST_DELAY / 3 + Math.random() * spread)
  }

  /** A phone that wakes, or finds a network again, does not wait for the timer. */
  private wake = (): void => {
    if (document.visibilityState !== 'visible' || this.state.health === 'closed') return
    if (!this.socket) this.open()
    else this.beat()
  }

  private beat = (): void => {
    if (Date.now() - this.heard > SILENCE) {
      this.socket?.close()
      if (this.socket) this.lost(1006)
      return
    }
    this.send({ t: 'ping' })
  }

  private set(health: Health): void {
    if (this.state.health !== health) this.state.since = Date.now()
    this.state.health = health
    if (health !== 'closed') return
    // Nothing will be answered any more: whoever waits must be told.
    for (const { reject } of this.waiting.values()) reject(new RefusedError('closed', 'The connection is closed'))
    this.waiting.clear()
  }
}
