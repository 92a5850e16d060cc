// One seat's media: a connection up, which we offer, and one down, which the server offers. Fixed offerers, hence no glare.
import { reactive, shallowReactive } from 'vue'
import type { Connection } from '@/live/connection'
import type { MediaOffer } from '@/live/messages'

export type Kind = 'audio' | 'camera' | 'screen'
/** Received tracks by source seat and kind. */
export type Remote = Record<string, Partial<Record<Kind, MediaStreamTrack>>>

const RETRY = 1500

export class Call {
  readonly remote = shallowReactive<Remote>({})
  readonly state = reactive({ up: 'new' as RTCPeerConnectionState, down: 'new' as RTCPeerConnectionState, screen: false })
  private up: RTCPeerConnection | null = null
  private down: RTCPeerConnection | null = null
  private screen: MediaStream | null = null
  private stopListening: () => void
  private closed = false
  private timer = 0
  private answering: Promise<void> = Promise.resolve()

  constructor(
    private readonly connection: Connection,
    private readonly session: string,
    private local: MediaStream,
  ) {
    this.stopListening = connection.listen((message) => {
      if (message.t === 'media_offer' && message.session === session) this.offered(message)
      // The line came back: the worker may have given us up meanwhile.
      if (message.t === 'welcome' && (this.state.up === 'failed' || this.state.down === 'failed')) void this.connect()
    })
  }

  /** Connect both ways, replacing what was there. */
  async connect(): Promise<void> {
    if (this.closed) return
    clearTimeout(this.timer)
    try {
      await this.publish()
      await this.subscribe()
    } catch {
      // Not admitted any more, or the worker restarts: come back, the server decides.
      this.again()
    }
  }

  /** Switch a track on or off without a new negotiation: the server mutes as well, so nothing depends on our honesty. */
  enable(kind: 'audio' | 'camera', on: boolean): void {
    const tracks = kind === 'audio' ? this.local.getAudioTracks() : this.local.getVideoTracks()
    for (const track of tracks) track.enabled = on
  }

  async shareScreen(): Promise<void> {
    this.screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 10 } }, audio: false })
    this.screen.getVideoTracks()[0]!.onended = () => void this.stopScreen()
    this.state.screen = true
    await this.connect()
  }

  async stopScreen(): Promise<void> {
    if (!this.screen) return
    for (const track of this.screen.getTracks()) track.stop()
    this.screen = null
    this.state.screen = false
    await this.connect()
  }

  /** Another camera or microphone, in the middle of the talk. */
  async replace(stream: MediaStream): Promise<void> {
    this.local = stream
    await this.connect()
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.stopListening()
    this.up?.close()
    this.down?.close()
    for (const track of this.screen?.getTracks() ?? []) track.stop()
  }

  private async publish(): Promise<void> {
    this.up?.close()
    this.up = null
    // Whoever allowed no device still sees and hears the others.
    if (!this.local.getTracks().length && !this.screen) return
    const up = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' })
    this.up = up
    up.onconnectionstatechange = () => this.changed(up, 'up')
    // The order of the sections is what tells microphone, camera and screen apart.
    const audio = this.local.getAudioTracks()[0]
    const camera = this.local.getVideoTracks()[0]
    if (audio) up.addTransceiver(audio, { direction: 'sendonly', streams: [this.local] })
    if (camera) up.addTransceiver(camera, { direction: 'sendonly', streams: [this.local], sendEncodings: [{ maxBitrate: 700_000 }] })
    // Without a camera its section stays empty, so that the screen is still the second picture.
    else if (this.screen) up.addTransceiver('video', { direction: 'inactive' })
    if (this.screen) up.addTransceiver(this.screen.getVideoTracks()[0]!, { direction: 'sendonly', streams: [this.screen] })
    await up.setLocalDescription(await up.createOffer())
    const answer = await this.connection.ask({ what: 'publish', session: this.session, sdp: up.localDescription!.sdp })
    if (this.up === up) await up.setRemoteDescription({ type: 'answer', sdp: String(answer.sdp) })
  }

  private async subscribe(): Promise<void> {
    this.down?.close()
    const down = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' })
    this.down = down
    for (const seat of Object.keys(this.remote)) delete this.remote[seat]
    down.onconnectionstatechange = () => this.changed(down, 'down')
    down.ontrack = (event) => this.received(event)
    const offer = await this.connection.ask({ what: 'subscribe_media', session: this.session })
    await this.answer(down, String(offer.sdp), Number(offer.revision))
  }

  private offered(message: MediaOffer): void {
    if (!message.sdp) {
      // The media worker was replaced: everything anew.
      void this.connect()
      return
    }
    const down = this.down
    if (!down) return
    this.answering = this.answering.then(() => this.answer(down, message.sdp, message.revision)).catch(() => this.again())
  }

  private async answer(down: RTCPeerConnection, sdp: string, revision: number): Promise<void> {
    if (this.down !== down) return
    await down.setRemoteDescription({ type: 'offer', sdp })
    await down.setLocalDescription(await down.createAnswer())
    // Only now do the directions tell what flows: before the answer a track that comes back still counts as silent.
    this.forgetSilent(down)
    await this.connection.ask({ what: 'answer', session: this.session, sdp: down.localDescription!.sdp, revision })
  }

  private received(event: RTCTrackEvent): void {
    // The server names a stream by its seat and a track by seat and kind.
    const seat = event.streams[0]?.id ?? ''
    const kind = (event.track.id.split(':')[1] ?? (event.track.kind === 'audio' ? 'audio' : 'camera')) as Kind
    if (!seat) return
    this.remote[seat] = { ...this.remote[seat], [kind]: event.track }
    event.streams[0]!.onremovetrack = () => this.drop(seat, event.track)
  }

  private drop(seat: string, track: MediaStreamTrack): void {
    const rest = Object.fromEntries(Object.entries(this.remote[seat] ?? {}).filter(([, known]) => known !== track))
    if (Object.keys(rest).length) this.remote[seat] = rest
    else delete this.remote[seat]
  }

  private forgetSilent(down: RTCPeerConnection): void {
    const alive = new Set(
      down
        .getTransceivers()
        .filter((t) => t.currentDirection !== 'inactive' && t.direction !== 'stopped')
        .map((t) => t.receiver.track),
    )
    for (const [seat, tracks] of Object.entries(this.remote)) {
      for (const track of Object.values(tracks)) if (track && !alive.has(track)) this.drop(seat, track)
    }
  }

  private changed(peer: RTCPeerConnection, way: 'up' | 'down'): void {
    if (peer !== (way === 'up' ? this.up : this.down)) return
    this.state[way] = peer.connectionState
    if (peer.connectionState === 'failed' || peer.connectionState === 'closed') this.again()
  }

  private again(): void {
    if (this.closed) return
    clearTimeout(this.timer)
    this.timer = window.setTimeout(() => void this.connect(), RETRY)
  }
}
