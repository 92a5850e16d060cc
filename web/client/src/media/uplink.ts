// What a seat sends: one connection that we offer. Microphone, camera and screen are its three sections, in this order, which tells them apart.
import { Mixer } from './mixer'

/** The camera's layers, from the smallest picture to the largest: whoever watches a small window or on a weak line takes the first. */
const LAYERS: RTCRtpEncodingParameters[] = [
  { rid: 'l', scaleResolutionDownBy: 2, maxBitrate: 100_000, maxFramerate: 15 },
  { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 700_000 },
]

/** Gives our offer to the server, returns its answer; `restart` when only the path is new. */
export type Publish = (sdp: string, restart: boolean) => Promise<string>

export class Uplink {
  private readonly peer: RTCPeerConnection
  private audio: RTCRtpTransceiver | null = null
  private camera: RTCRtpTransceiver | null = null
  private screen: RTCRtpTransceiver | null = null
  private mixer: Mixer | null = null
  /** One negotiation at a time. */
  private turn: Promise<unknown> = Promise.resolve()
  /** One change of layers at a time. */
  private setting: Promise<void> = Promise.resolve()
  private answered = false

  constructor(
    private readonly publish: Publish,
    changed: (state: RTCPeerConnectionState) => void,
    relays: RTCIceServer[],
  ) {
    this.peer = new RTCPeerConnection({ iceServers: relays, bundlePolicy: 'max-bundle' })
    this.peer.onconnectionstatechange = () => changed(this.peer.connectionState)
  }

  get state(): RTCPeerConnectionState {
    return this.peer.connectionState
  }

  async stats(): Promise<RTCStatsReport> {
    return this.peer.getStats()
  }

  open(local: MediaStream, screen: MediaStream | null): Promise<void> {
    const microphone = local.getAudioTracks()[0]
    const picture = local.getVideoTracks()[0]
    if (microphone) this.audio = this.peer.addTransceiver(microphone, { direction: 'sendonly', streams: [local] })
    // Without a camera its section stays empty, so that the screen is still the second picture.
    this.camera = picture
      ? this.peer.addTransceiver(picture, { direction: 'sendonly', streams: [local], sendEncodings: LAYERS })
      : this.peer.addTransceiver('video', { direction: 'inactive' })
    if (screen) this.addScreen(screen)
    return this.negotiate(false)
  }

  /** Show a screen beside the camera, with its sound. Nothing else is interrupted. */
  async share(screen: MediaStream): Promise<void> {
    this.addScreen(screen)
    await this.negotiate(false)
  }

  async unshare(): Promise<void> {
    if (!this.screen) return
    await this.screen.sender.replaceTrack(null)
    this.screen.direction = 'inactive'
    await this.mix(null)
    await this.negotiate(false)
  }

  /** Other devices in the middle of the talk; false where that needs a new connection, as a camera that was not there before does. */
  async replace(local: MediaStream): Promise<boolean> {
    const microphone = local.getAudioTracks()[0] ?? null
    const picture = local.getVideoTracks()[0] ?? null
    const fits = (microphone === null || this.audio !== null) && (picture === null || this.camera?.direction === 'sendonly')
    if (!fits) return false
    if (this.mixer && microphone) this.mixer.speak(microphone)
    else await this.audio?.sender.replaceTrack(microphone)
    if (this.camera?.direction === 'sendonly') await this.camera.sender.replaceTrack(picture)
    return true
  }

  /** Send only so many layers of the camera: nobody can use the others. */
  layers(count: number): Promise<void> {
    // What comes before the answer to our first offer is about the connection that this one replaces.
    if (!this.answered) return Promise.resolve()
    // A browser refuses parameters that were read before another change was done.
    this.setting = this.setting.then(async () => {
      const sender = this.camera?.sender
      const parameters = sender?.getParameters()
      if (!sender || !parameters || parameters.encodings.length < 2) return
      parameters.encodings.forEach((encoding, number) => (encoding.active = number < count))
      await sender.setParameters(parameters).catch(() => undefined)
    })
    return this.setting
  }

  /** A new path for the same media, after a change of networks. */
  restart(): Promise<void> {
    return this.negotiate(true)
  }

  close(): void {
    this.peer.onconnectionstatechange = null
    this.peer.close()
    this.mixer?.close()
  }

  private addScreen(screen: MediaStream): void {
    const picture = screen.getVideoTracks()[0]!
    if (this.screen) {
      void this.screen.sender.replaceTrack(picture)
      this.screen.direction = 'sendonly'
    } else {
      this.screen = this.peer.addTransceiver(picture, { direction: 'sendonly', streams: [screen] })
    }
    void this.mix(screen.getAudioTracks()[0] ?? null)
  }

  /** The screen's sound goes with the voice: a mute by the mediator then silences both. */
  private async mix(sound: MediaStreamTrack | null): Promise<void> {
    const voice = this.mixer?.voice ?? this.audio?.sender.track ?? null
    this.mixer?.close()
    this.mixer = null
    if (!this.audio || !voice) return
    if (sound) this.mixer = new Mixer(voice, sound)
    await this.audio.sender.replaceTrack(this.mixer?.track ?? voice)
  }

  private negotiate(restart: boolean): Promise<void> {
    const work = this.turn.then(async () => {
      if (this.peer.signalingState === 'closed') return
      await this.peer.setLocalDescription(await this.peer.createOffer({ iceRestart: restart }))
      const answer = await this.publish(this.peer.localDescription!.sdp, restart)
      this.answered = true
      if (this.peer.signalingState === 'have-local-offer') await this.peer.setRemoteDescription({ type: 'answer', sdp: answer })
    })
    this.turn = work.catch(() => undefined)
    return work
  }
}
