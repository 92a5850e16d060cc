// One seat's media: a connection up, which we offer, and one down, which the server offers. Fixed offerers, hence no glare.
//
// When a network changes, both connections keep their media and get a new path (ICE restart). Only where that does not help, or the media
// worker was replaced, are they made anew.
import { reactive, shallowReactive } from 'vue'
import type { Connection } from '@/live/connection'
import type { MediaOffer } from '@/live/messages'
import { Downlink, type Remote } from './downlink'
import { between, totals, type Totals } from './report'
import { Uplink } from './uplink'

/** What a window can use of a picture: nothing while it is out of sight, the small one, the large one. */
export type Layer = 'off' | 'low' | 'full'
type Way = 'up' | 'down'

const RETRY = 1500
/** Milliseconds for which a connection may be without a sign before it looks for a new path: a hiccup passes by itself. */
const DOUBT = 400
/** Milliseconds within which a new path must have been found. */
const PATH_WITHIN = 6000

/** Milliseconds between two reports of how the call goes. */
const REPORT_EVERY = 30_000

const network = (): EventTarget | undefined => (navigator as Navigator & { connection?: EventTarget }).connection

export class Call {
  readonly remote = shallowReactive<Remote>({})
  readonly state = reactive({ up: 'new' as RTCPeerConnectionState, down: 'new' as RTCPeerConnectionState, screen: false, sound: false })
  private up: Uplink | null = null
  private down: Downlink | null = null
  private screen: MediaStream | null = null
  private relays: RTCIceServer[] = []
  private relaysUntil = 0
  private wishes = new Map<string, Layer>()
  private timers: Record<Way, number> = { up: 0, down: 0 }
  private stopListening: () => void
  private closed = false
  /** Counts attempts to connect: only the newest may act. */
  private attempt = 0
  private timer = 0
  private reporting = 0
  private reported: Totals | null = null

  constructor(
    private readonly connection: Connection,
    private readonly session: string,
    private local: MediaStream,
  ) {
    this.stopListening = connection.listen((message) => {
      if (message.t === 'media_offer' && message.session === session) this.offered(message)
      else if (message.t === 'media_layers' && message.session === session) void this.up?.layers(message.layers)
      // The line came back: whatever lost its path meanwhile can ask for a new one now.
      else if (message.t === 'welcome') this.mend()
    })
    window.addEventListener('online', this.moved)
    network()?.addEventListener('change', this.moved)
    document.addEventListener('visibilitychange', this.shown)
    this.reporting = window.setInterval(() => void this.report(), REPORT_EVERY)
  }

  /** Connect both ways, replacing what was there. */
  async connect(): Promise<void> {
    if (this.closed) return
    clearTimeout(this.timer)
    const attempt = ++this.attempt
    try {
      await this.findRelays()
      if (attempt !== this.attempt) return
      await Promise.all([this.publish(), this.subscribe()])
      if (attempt !== this.attempt) return
      for (const [key, layer] of this.wishes) this.tell(key, layer)
      // From here on it is counted.
      void this.report()
    } catch {
      // Not admitted any more, or the worker restarts: come back, the server decides.
      if (attempt === this.attempt) this.again()
    }
  }

  /** Switch a track on or off without a new negotiation: the server mutes as well, so nothing depends on our honesty. */
  enable(kind: 'audio' | 'camera', on: boolean): void {
    const tracks = kind === 'audio' ? this.local.getAudioTracks() : this.local.getVideoTracks()
    for (const track of tracks) track.enabled = on
  }

  async shareScreen(): Promise<void> {
    const screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 10 } }, audio: true })
    if (this.closed) {
      for (const track of screen.getTracks()) track.stop()
      return
    }
    this.screen = screen
    this.screen.getVideoTracks()[0]!.onended = () => void this.stopScreen()
    this.state.screen = true
    this.state.sound = screen.getAudioTracks().length > 0
    if (this.up) await this.up.share(this.screen)
    else await this.publish()
  }

  async stopScreen(): Promise<void> {
    if (!this.screen) return
    for (const track of this.screen.getTracks()) track.stop()
    this.screen = null
    this.state.screen = this.state.sound = false
    await this.up?.unshare()
  }

  /** Another camera or microphone, in the middle of the talk. */
  async replace(stream: MediaStream): Promise<void> {
    this.local = stream
    if (await this.up?.replace(stream)) return
    try {
      await this.publish()
    } catch {
      // Our own line is cut: what was sent until now would be lost with what is new.
      this.again()
    }
  }

  /** What a window can use of somebody's picture. */
  want(seat: string, kind: 'camera' | 'screen', layer: Layer): void {
    const key = `${seat} ${kind}`
    if ((this.wishes.get(key) ?? 'full') === layer) return
    this.wishes.set(key, layer)
    this.tell(key, layer)
  }

  /** Tell how the call went since the last time. Nothing waits for it, and nothing depends on it. */
  private async report(): Promise<void> {
    const found = await Promise.all([this.up?.stats(), this.down?.stats()]).catch(() => null)
    if (!found) return
    const now = totals(found.flatMap((stats) => [...(stats?.values() ?? [])]), performance.now() / 1000)
    const report = this.reported && between(this.reported, now, this.session)
    this.reported = now
    if (report) this.connection.send(report)
  }

  close(): void {
    const { up, down } = this
    // What was counted is read before the connections are gone.
    void this.report().finally(() => {
      up?.close()
      down?.close()
    })
    clearInterval(this.reporting)
    this.closed = true
    this.attempt++
    clearTimeout(this.timer)
    for (const way of ['up', 'down'] as const) clearTimeout(this.timers[way])
    this.stopListening()
    window.removeEventListener('online', this.moved)
    network()?.removeEventListener('change', this.moved)
    document.removeEventListener('visibilitychange', this.shown)
    for (const track of this.screen?.getTracks() ?? []) track.stop()
  }

  /** Relays for firewalls that let nothing else through; their names expire. */
  private async findRelays(): Promise<void> {
    if (Date.now() < this.relaysUntil) return
    const found = await this.connection.ask({ what: 'ice_servers', session: this.session })
    this.relays = found.servers as RTCIceServer[]
    this.relaysUntil = Date.now() + (Number(found.lifetime) * 1000) / 2
  }

  private tell(key: string, layer: Layer): void {
    void this.connection.ask({ what: 'layer', session: this.session, kinds: [...key.split(' '), layer] }).catch(() => undefined)
  }

  private async publish(): Promise<void> {
    if (this.closed) return
    clearTimeout(this.timers.up)
    this.up?.close()
    this.up = null
    // Whoever allowed no device still sees and hears the others.
    if (!this.local.getTracks().length && !this.screen) return
    const up: Uplink = new Uplink(
      async (sdp, restart) => {
        const what = restart ? { what: 'restart_ice', direction: 'up' } : { what: 'publish' }
        return String((await this.connection.ask({ ...what, session: this.session, sdp })).sdp)
      },
      (state) => up === this.up && this.changed('up', state),
      this.relays,
    )
    this.up = up
    await up.open(this.local, this.screen)
  }

  private async subscribe(): Promise<void> {
    if (this.closed) return
    clearTimeout(this.timers.down)
    this.down?.close()
    const down: Downlink = new Downlink(
      this.remote,
      (sdp, revision) => this.connection.ask({ what: 'answer', session: this.session, sdp, revision }),
      (state) => down === this.down && this.changed('down', state),
      this.relays,
    )
    this.down = down
    const offer = await this.connection.ask({ what: 'subscribe_media', session: this.session })
    down.begun = true
    await down.offered(String(offer.sdp), Number(offer.revision))
  }

  private offered(message: MediaOffer): void {
    if (!message.sdp) {
      // The media worker was replaced: everything anew.
      void this.connect()
      return
    }
    const down = this.down
    if (!down?.begun) return
    down.offered(message.sdp, message.revision).catch(() => down === this.down && this.again())
  }

  // a new path

  private moved = (): void => {
    for (const way of ['up', 'down'] as const) this.restart(way)
  }

  private shown = (): void => {
    if (document.visibilityState === 'visible') this.mend()
  }

  /** Look for a path where there is none. */
  private mend(): void {
    for (const way of ['up', 'down'] as const) {
      const state = (way === 'up' ? this.up : this.down)?.state
      if (state === 'disconnected' || state === 'failed') this.restart(way)
    }
  }

  private restart(way: Way): void {
    if (this.closed) return
    clearTimeout(this.timers[way])
    this.timers[way] = window.setTimeout(() => this.alive(way) || this.again(), PATH_WITHIN)
    const work = way === 'up' ? this.up?.restart() : this.restartDown()
    // While our own line is cut nothing can be asked: `welcome` brings us here again.
    work?.catch(() => undefined)
  }

  private async restartDown(): Promise<void> {
    const offer = await this.connection.ask({ what: 'restart_ice', direction: 'down', session: this.session })
    await this.down?.offered(String(offer.sdp), Number(offer.revision))
  }

  private alive(way: Way): boolean {
    const peer = way === 'up' ? this.up : this.down
    return !peer || peer.state === 'connected'
  }

  private changed(way: Way, state: RTCPeerConnectionState): void {
    this.state[way] = state
    if (state === 'connected' || state === 'disconnected') clearTimeout(this.timers[way])
    if (state === 'disconnected') this.timers[way] = window.setTimeout(() => this.alive(way) || this.restart(way), DOUBT)
    else if (state === 'failed') this.restart(way)
    else if (state === 'closed') this.again()
  }

  private again(): void {
    if (this.closed) return
    clearTimeout(this.timer)
    this.timer = window.setTimeout(() => void this.connect(), RETRY)
  }
}
