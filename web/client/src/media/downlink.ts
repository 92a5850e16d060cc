// What a seat receives: one connection that the server offers, with a section for each track of each other seat.
export type Kind = 'audio' | 'camera' | 'screen'
/** Received tracks by source seat and kind. */
export type Remote = Record<string, Partial<Record<Kind, MediaStreamTrack>>>

/** The kind of each section's track, by its MID: the offer names it, and not every browser gives the track the name it has there. */
export function kindsOf(sdp: string): Map<string, Kind> {
  const kinds = new Map<string, Kind>()
  for (const section of sdp.split(/\r?\nm=/).slice(1)) {
    const mid = /^a=mid:(\S+)/m.exec(section)?.[1]
    const kind = /^a=msid:\S+ \S*:(audio|camera|screen)\s*$/m.exec(section)?.[1]
    if (mid && kind) kinds.set(mid, kind as Kind)
  }
  return kinds
}

/** Gives our answer to the server. */
export type Answer = (sdp: string, revision: number) => Promise<unknown>

export class Downlink {
  private readonly peer: RTCPeerConnection
  private kinds = new Map<string, Kind>()
  /** One description at a time, in the order in which they were offered. */
  private turn: Promise<unknown> = Promise.resolve()
  private newest = 0
  /** Whether the server has made its first offer: what it tells before is about the connection that this one replaces. */
  begun = false

  constructor(
    private readonly remote: Remote,
    private readonly answer: Answer,
    changed: (state: RTCPeerConnectionState) => void,
    relays: RTCIceServer[],
  ) {
    this.peer = new RTCPeerConnection({ iceServers: relays, bundlePolicy: 'max-bundle' })
    for (const seat of Object.keys(remote)) delete remote[seat]
    this.peer.onconnectionstatechange = () => changed(this.peer.connectionState)
    this.peer.ontrack = (event) => this.received(event)
  }

  async stats(): Promise<RTCStatsReport> {
    return this.peer.getStats()
  }

  get state(): RTCPeerConnectionState {
    return this.peer.connectionState
  }

  /** Take an offer of the server and answer it. */
  offered(sdp: string, revision: number): Promise<void> {
    this.newest = Math.max(this.newest, revision)
    const work = this.turn.then(async () => {
      if (this.peer.signalingState === 'closed') return
      this.kinds = kindsOf(sdp)
      await this.peer.setRemoteDescription({ type: 'offer', sdp })
      await this.peer.setLocalDescription(await this.peer.createAnswer())
      // Only now do the directions tell what flows: before the answer a track that comes back still counts as silent.
      this.forgetSilent()
      try {
        await this.answer(this.peer.localDescription!.sdp, revision)
      } catch (refusal) {
        // One that came meanwhile supersedes it, and is answered next.
        if (revision >= this.newest) throw refusal
      }
    })
    this.turn = work.catch(() => undefined)
    return work
  }

  close(): void {
    this.peer.onconnectionstatechange = null
    this.peer.close()
  }

  private received(event: RTCTrackEvent): void {
    // The server names a stream by its seat.
    const seat = event.streams[0]?.id ?? ''
    const kind = this.kinds.get(event.transceiver.mid ?? '') ?? (event.track.kind === 'audio' ? 'audio' : 'camera')
    if (!seat) return
    this.remote[seat] = { ...this.remote[seat], [kind]: event.track }
    event.streams[0]!.onremovetrack = () => this.drop(seat, event.track)
  }

  private drop(seat: string, track: MediaStreamTrack): void {
    const rest = Object.fromEntries(Object.entries(this.remote[seat] ?? {}).filter(([, known]) => known !== track))
    if (Object.keys(rest).length) this.remote[seat] = rest
    else delete this.remote[seat]
  }

  private forgetSilent(): void {
    const alive = new Set(
      this.peer
        .getTransceivers()
        .filter((t) => t.currentDirection !== 'inactive' && t.direction !== 'stopped')
        .map((t) => t.receiver.track),
    )
    for (const [seat, tracks] of Object.entries(this.remote)) {
      for (const track of Object.values(tracks)) if (track && !alive.has(track)) this.drop(seat, track)
    }
  }
}
