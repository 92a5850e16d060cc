// For tests: devices that are there or not, and what was asked of them.
import { vi } from 'vitest'

export class FakeTrack extends EventTarget {
  readyState = 'live'
  enabled = true
  constructor(readonly kind: 'audio' | 'video') {
    super()
  }
  stop(): void {
    this.readyState = 'ended'
  }
  /** The system took it away. */
  end(): void {
    this.stop()
    this.dispatchEvent(new Event('ended'))
  }
}

export class FakeStream {
  constructor(private readonly tracks: FakeTrack[] = []) {}
  getTracks = (): FakeTrack[] => [...this.tracks]
  getAudioTracks = (): FakeTrack[] => this.tracks.filter(({ kind }) => kind === 'audio')
  getVideoTracks = (): FakeTrack[] => this.tracks.filter(({ kind }) => kind === 'video')
}

/** What becomes of asking for a device: '' where it opens, else the name of the browser's error. */
export interface FakeDevices {
  audio: string
  video: string
  /** Names of those that the browser opens without a question. */
  granted: string[]
  asked: string[]
}

export function withDevices(): FakeDevices {
  const state: FakeDevices = { audio: '', video: '', granted: [], asked: [] }
  const getUserMedia = async (wanted: { audio: unknown; video: unknown }): Promise<FakeStream> => {
    const kinds = (['audio', 'video'] as const).filter((kind) => wanted[kind])
    state.asked.push(kinds.join(' '))
    for (const kind of kinds) if (state[kind]) throw new DOMException('', state[kind])
    return new FakeStream(kinds.map((kind) => new FakeTrack(kind)))
  }
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('MediaStream', FakeStream)
  vi.stubGlobal('navigator', {
    mediaDevices: Object.assign(new EventTarget(), { getUserMedia }),
    permissions: { query: async ({ name }: { name: string }) => ({ state: state.granted.includes(name) ? 'granted' : 'prompt' }) },
  })
  return state
}
