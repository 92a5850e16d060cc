// @vitest-environment jsdom
// A call on days when things happen at the same time, over connections that do as a browser's would.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Connection } from '@/live/connection'
import type { ServerMessage } from '@/live/messages'
import { Call } from './call'
import { Downlink } from './downlink'
import { Uplink } from './uplink'

type Asked = { what: string; sdp?: string; revision?: number; answer: (done: Record<string, unknown>) => void; refuse: () => void }

class Track extends EventTarget {
  enabled = true
  stopped = false
  constructor(readonly kind: string) {
    super()
  }
  stop(): void {
    this.stopped = true
  }
}

class Stream {
  constructor(readonly tracks: Track[]) {}
  getTracks = (): Track[] => this.tracks
  getAudioTracks = (): Track[] => this.tracks.filter((t) => t.kind === 'audio')
  getVideoTracks = (): Track[] => this.tracks.filter((t) => t.kind === 'video')
}

class Sender {
  encodings = [{ active: true }, { active: true }]
  private changing = false
  constructor(public track: Track | null) {}
  getParameters = (): object => ({ encodings: this.encodings.map((e) => ({ ...e })) })
  async replaceTrack(track: Track | null): Promise<void> {
    this.track = track
  }
  async setParameters(parameters: { encodings: { active: boolean }[] }): Promise<void> {
    if (this.changing) throw new Error('InvalidModificationError')
    this.changing = true
    await new Promise((resolve) => setTimeout(resolve, 20))
    this.changing = false
    this.encodings = parameters.encodings
  }
}

const peers: Peer[] = []
class Peer {
  signalingState = 'stable'
  connectionState = 'new'
  localDescription: { sdp: string } | null = null
  remotes: string[] = []
  senders: Sender[] = []
  onconnectionstatechange: (() => void) | null = null
  constructor() {
    peers.push(this)
  }
  addTransceiver(track: Track | string, { direction }: { direction: string }): object {
    const sender = new Sender(typeof track === 'string' ? null : track)
    this.senders.push(sender)
    return { sender, direction }
  }
  getTransceivers = (): object[] => []
  createOffer = async (): Promise<object> => this.open({ type: 'offer', sdp: 'ours' })
  createAnswer = async (): Promise<object> => this.open({ type: 'answer', sdp: `answer to ${this.remotes.at(-1)}` })
  async setLocalDescription(given: { type: string; sdp: string }): Promise<void> {
    this.localDescription = this.open(given)
    this.signalingState = given.type === 'offer' ? 'have-local-offer' : 'stable'
  }
  async setRemoteDescription(given: { type: string; sdp: string }): Promise<void> {
    this.remotes.push(this.open(given).sdp)
    this.signalingState = given.type === 'offer' ? 'have-remote-offer' : 'stable'
  }
  become(state: string): void {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }
  close(): void {
    this.signalingState = this.connectionState = 'closed'
  }
  private open<T>(value: T): T {
    if (this.signalingState === 'closed') throw new Error('InvalidStateError')
    return value
  }
}

let asked: Asked[]
let tell: (message: object) => void
const connection = {
  ask: ({ what, sdp, revision }: { what: string; sdp?: string; revision?: number }) =>
    new Promise((resolve, reject) => asked.push({ what, sdp, revision, answer: resolve, refuse: () => reject(new Error('refused')) })),
  listen: (listener: (message: ServerMessage) => void) => {
    tell = (message) => listener(message as ServerMessage)
    return () => undefined
  },
} as unknown as Connection

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)
const open = (): Peer[] => peers.filter((p) => p.signalingState !== 'closed')
const local = (): MediaStream => new Stream([new Track('audio'), new Track('video')]) as unknown as MediaStream
async function reply(what: string, done: Record<string, unknown>): Promise<void> {
  await settle()
  const place = asked.findIndex((a) => a.what === what)
  expect(place, `${what} was asked`).toBeGreaterThanOrEqual(0)
  asked.splice(place, 1)[0]!.answer(done)
  await settle()
}
const RELAYS = { servers: [], lifetime: 3600 }
async function connected(stream = local()): Promise<Call> {
  const call = new Call(connection, 's', stream)
  void call.connect()
  await reply('ice_servers', RELAYS)
  await reply('publish', { sdp: 'answer' })
  await reply('subscribe_media', { sdp: 'offer 1', revision: 1 })
  await reply('answer', {})
  for (const peer of peers) peer.become('connected')
  return call
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('RTCPeerConnection', Peer)
  asked = []
  peers.length = 0
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

it('opens nothing once it is closed, though relays were still being looked for', async () => {
  const call = new Call(connection, 's', local())
  void call.connect()
  call.close()
  await reply('ice_servers', RELAYS)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(peers).toEqual([])
})

it('shows no screen that was chosen after it was closed', async () => {
  const screen = new Stream([new Track('video')])
  let choose = (): void => undefined
  vi.stubGlobal('navigator', { mediaDevices: { getDisplayMedia: () => new Promise((resolve) => (choose = () => resolve(screen))) } })
  const call = await connected()
  const sharing = call.shareScreen()
  call.close()
  choose()
  await sharing
  await settle()
  expect(screen.tracks[0]!.stopped).toBe(true)
  expect(open()).toEqual([])
})

it.each([true, false])('knows whether the screen that it shares has sound: %s', async (sounds) => {
  const source = { connect: () => undefined, disconnect: () => undefined }
  vi.stubGlobal('MediaStream', Stream)
  vi.stubGlobal(
    'AudioContext',
    class {
      createMediaStreamDestination = (): object => ({ stream: new Stream([new Track('audio')]) })
      createMediaStreamSource = (): object => source
      close = async (): Promise<void> => undefined
    },
  )
  const screen = new Stream([new Track('video'), ...(sounds ? [new Track('audio')] : [])])
  vi.stubGlobal('navigator', { mediaDevices: { getDisplayMedia: async () => screen } })
  const call = await connected()
  void call.shareScreen()
  await reply('publish', { sdp: 'answer' })
  expect([call.state.screen, call.state.sound]).toEqual([true, sounds])
  void call.stopScreen()
  await reply('publish', { sdp: 'answer' })
  expect([call.state.screen, call.state.sound]).toEqual([false, false])
  call.close()
})

it('leaves a connection alone when an older attempt fails because of it', async () => {
  const call = new Call(connection, 's', local())
  void call.connect()
  await reply('ice_servers', RELAYS)
  await settle()
  const former = asked.splice(0)
  tell({ t: 'media_offer', session: 's', sdp: '', revision: 0 })
  await reply('publish', { sdp: 'answer' })
  await reply('subscribe_media', { sdp: 'offer 1', revision: 1 })
  await reply('answer', {})
  for (const request of former) request.refuse()
  await vi.advanceTimersByTimeAsync(5000)
  expect([peers.length, open().length]).toEqual([4, 2])
  call.close()
})

it('goes on when an answer comes too late because a newer offer is under way', async () => {
  const call = await connected()
  const before = peers.length
  tell({ t: 'media_offer', session: 's', sdp: 'offer 2', revision: 2 })
  await settle()
  peers[1]!.become('failed')
  await reply('restart_ice', { sdp: 'offer 3', revision: 3 })
  asked.splice(asked.findIndex((a) => a.revision === 2), 1)[0]!.refuse()
  await settle()
  expect(asked.find((a) => a.what === 'answer')).toMatchObject({ revision: 3, sdp: 'answer to offer 3' })
  await reply('answer', {})
  peers[1]!.become('connected')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(peers.length).toBe(before)
  call.close()
})

it('takes no offer of the connection down that is being replaced', async () => {
  const call = await connected()
  tell({ t: 'media_offer', session: 's', sdp: '', revision: 0 })
  await settle()
  tell({ t: 'media_offer', session: 's', sdp: 'offer 7 of the former', revision: 7 })
  await reply('publish', { sdp: 'answer' })
  await reply('subscribe_media', { sdp: 'offer 1', revision: 1 })
  expect(peers.at(-1)!.remotes).toEqual(['offer 1'])
  call.close()
})

it('keeps no timer of a path when it is over, however often the line hiccups', async () => {
  const call = await connected()
  for (const state of ['disconnected', 'failed', 'disconnected', 'disconnected', 'failed']) peers[0]!.become(state)
  peers[0]!.become('connected')
  // The one that is left is that of the reports.
  expect(vi.getTimerCount()).toBe(1)
  call.close()
  expect(vi.getTimerCount()).toBe(0)
})

it('sends a camera that was not there before, also where its own line is cut just then', async () => {
  const call = await connected(new Stream([new Track('audio')]) as unknown as MediaStream)
  const both = local()
  const replaced = call.replace(both)
  await settle()
  asked.splice(asked.findIndex((a) => a.what === 'publish'), 1)[0]!.refuse()
  await replaced
  await vi.advanceTimersByTimeAsync(2000)
  await reply('publish', { sdp: 'answer' })
  const up = open().find((peer) => peer.senders.length)!
  expect(up.senders.map((sender) => sender.track)).toEqual(both.getTracks())
  call.close()
})

it('changes layers one after the other, and only by words about this connection', async () => {
  const changed = vi.fn()
  let answer = (sdp: string): void => void sdp
  const up = new Uplink(() => new Promise((resolve) => (answer = resolve)), changed, [])
  const opening = up.open(local(), null)
  await settle()
  await up.layers(1)
  answer('answer')
  await opening
  const camera = peers[0]!.senders[1]!
  expect(camera.encodings.map((e) => e.active)).toEqual([true, true])
  void up.layers(1)
  void up.layers(2)
  await vi.advanceTimersByTimeAsync(100)
  expect(camera.encodings.map((e) => e.active)).toEqual([true, true])
  void up.layers(1)
  await vi.advanceTimersByTimeAsync(100)
  expect(camera.encodings.map((e) => e.active)).toEqual([true, false])
})

it('fails when the newest answer is refused', async () => {
  const down = new Downlink({}, () => Promise.reject(new Error('refused')), () => undefined, [])
  await expect(down.offered('offer', 1)).rejects.toThrow('refused')
})
