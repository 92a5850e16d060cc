// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, type App } from 'vue'
import { useRecorder } from './useRecorder'

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
let constrained: () => void
let apps: App[] = []

class Track extends EventTarget {
  stop = vi.fn()
  applyConstraints = vi.fn(() => new Promise<void>((resolve) => (constrained = resolve)))
}
const sound = new Track()
const picture = new Track()
const release = vi.fn(async () => undefined)
const context = { createAnalyser: () => ({ getByteTimeDomainData: () => undefined }), createMediaStreamSource: () => ({ connect: () => undefined }), close: vi.fn(async () => undefined) }
const sounding = vi.fn(() => context)
const start = vi.fn()

class Recorder {
  static isTypeSupported = (): boolean => true
  static last: Recorder
  state = 'inactive'
  mimeType = 'audio/webm'
  ondataavailable?: (event: { data: Blob }) => void
  onstop?: (() => void) | null
  constructor() {
    Recorder.last = this
  }
  start(): void {
    start()
    this.state = 'recording'
  }
  /** What it holds comes in a task of its own, as in browsers. */
  stop(): void {
    this.state = 'inactive'
    setTimeout(() => {
      this.ondataavailable?.({ data: new Blob(['told']) })
      this.onstop?.()
    })
  }
}

const done = vi.fn()

function mounted(): ReturnType<typeof useRecorder> & { leave: () => void } {
  let recorder!: ReturnType<typeof useRecorder>
  const app = createApp({ setup: () => ((recorder = useRecorder(done)), () => null) })
  app.mount(document.createElement('div'))
  apps.push(app)
  return { ...recorder, leave: () => app.unmount() }
}

describe('camera and microphone of a recording', () => {
  beforeEach(() => {
    vi.clearAllMocks()
    start.mockReset()
    sounding.mockReset().mockReturnValue(context)
    vi.stubGlobal('isSecureContext', true)
    vi.stubGlobal('MediaRecorder', Recorder)
    vi.stubGlobal('AudioContext', function () {
      return sounding()
    })
    vi.stubGlobal('navigator', {
      mediaDevices: { getUserMedia: async () => ({ getTracks: () => [sound, picture], getVideoTracks: () => [picture] }) },
      wakeLock: { request: async () => ({ release }) },
    })
  })
  afterEach(() => {
    for (const app of apps) app.unmount()
    apps = []
    vi.unstubAllGlobals()
  })

  it('are put off when it is closed while the camera is set', async () => {
    for (const away of ['leave', 'close'] as const) {
      vi.clearAllMocks()
      const recorder = mounted()
      const opening = recorder.open(true)
      await settled()
      expect(picture.applyConstraints).toHaveBeenCalled()
      recorder[away]()
      constrained()
      await opening
      for (const track of [sound, picture]) expect(track.stop).toHaveBeenCalledOnce()
      expect(recorder.stream.value).toBe(null)
      expect(recorder.phase.value).toBe('closed')
      expect(sounding).not.toHaveBeenCalled()
      if (away === 'leave') apps.pop()
    }
  })

  it('are put off when their sound cannot be measured', async () => {
    sounding.mockImplementation(() => {
      throw new Error('too many')
    })
    const recorder = mounted()
    const opening = recorder.open(true)
    await settled()
    constrained()
    await opening
    expect(picture.stop).toHaveBeenCalled()
    expect(recorder.phase.value).toBe('closed')
    expect(recorder.trouble.value).toBe('unknown')
  })

  it('are let go, and the screen with them, when it cannot begin', async () => {
    start.mockImplementation(() => {
      throw new DOMException('', 'NotSupportedError')
    })
    const recorder = mounted()
    const opening = recorder.open(true)
    await settled()
    constrained()
    await opening
    expect(recorder.phase.value).toBe('open')
    const ended = vi.spyOn(window, 'clearInterval')
    const began = vi.spyOn(window, 'setInterval')
    recorder.start()
    await settled()
    expect(recorder.phase.value).toBe('closed')
    expect(recorder.trouble.value).toBe('unable')
    expect(picture.stop).toHaveBeenCalled()
    expect(release).toHaveBeenCalled()
    expect(began).toHaveBeenCalledOnce()
    for (const { value } of began.mock.results) expect(ended).toHaveBeenCalledWith(value)
    ended.mockRestore()
    began.mockRestore()
  })

  it('keep what was recorded when the page is left, and ask before the browser goes', async () => {
    const asked = (): boolean => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
    const recorder = mounted()
    const opening = recorder.open(true)
    await settled()
    constrained()
    await opening
    expect(asked()).toBe(false)
    recorder.start()
    expect(asked()).toBe(true)
    recorder.leave()
    apps.pop()
    expect(asked()).toBe(false)
    expect(sound.stop).toHaveBeenCalled()
    await settled()
    expect(done).toHaveBeenCalledExactlyOnceWith(expect.any(Blob), false, expect.any(Number))
  })
})
