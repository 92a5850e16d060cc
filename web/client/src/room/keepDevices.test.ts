// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { computed, effectScope, ref, shallowRef, type EffectScope, type Ref, type ShallowRef } from 'vue'
import type { Call } from '@/media/call'
import { FakeStream, FakeTrack, withDevices, type FakeDevices } from '@/media/devices.fake'
import { keepDevices, type Kept } from './keepDevices'

let devices: FakeDevices
let scope: EffectScope
let kept: Kept
let on: Ref<boolean>
let inside: Ref<boolean>
let stream: ShallowRef<MediaStream | null>
const replace = vi.fn(async () => undefined)
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1)

const kinds = (): string => stream.value!.getTracks().map((track) => `${track.kind} ${track.readyState}`).join(', ')
const BOTH = 'audio live, video live'

function come(tracks: ('audio' | 'video')[], switched = true): FakeTrack[] {
  const opened = tracks.map((kind) => new FakeTrack(kind))
  stream = shallowRef<MediaStream | null>(null)
  on = ref(switched)
  inside = ref(true)
  scope = effectScope()
  kept = scope.run(() => keepDevices(stream, shallowRef({ replace } as unknown as Call), computed(() => inside.value), computed(() => on.value)))!
  kept.use(new FakeStream(opened) as unknown as MediaStream)
  return opened
}

beforeEach(() => {
  vi.useFakeTimers()
  replace.mockClear()
  devices = withDevices()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a camera that is taken by another program', () => {
  const back: Record<string, () => void> = {
    'when the page is seen again': () => void document.dispatchEvent(new Event('visibilitychange')),
    'when the devices change': () => void navigator.mediaDevices.dispatchEvent(new Event('devicechange')),
    'after a while': () => void vi.advanceTimersByTime(10_000),
    'when it is asked for': () => void kept.again(),
  }
  for (const [when, happens] of Object.entries(back)) {
    it(`is told, and comes back ${when}`, async () => {
      const [sound, picture] = come(['audio', 'video'])
      await settled()
      devices.video = 'NotReadableError'
      picture!.end()
      await settled()
      expect(kinds()).toBe('audio live')
      expect(kept.lacking.value).toBe('busy')
      happens()
      await settled()
      expect(kinds()).toBe('audio live')
      devices.video = ''
      happens()
      await settled()
      expect(kinds()).toBe(BOTH)
      expect(stream.value!.getAudioTracks()[0]).toBe(sound)
      expect(kept.lacking.value).toBe('')
      expect(replace).toHaveBeenLastCalledWith(stream.value)
    })
  }

  it('is left alone once it is switched off', async () => {
    const [, picture] = come(['audio', 'video'])
    await settled()
    devices.video = 'NotReadableError'
    picture!.end()
    await settled()
    on.value = false
    await settled()
    expect(kept.lacking.value).toBe('')
    devices.video = ''
    devices.asked = []
    await vi.advanceTimersByTimeAsync(30_000)
    expect(devices.asked).toEqual([])
  })
})

describe('a camera', () => {
  it('is opened when it is switched on, by whoever came without', async () => {
    for (const tracks of [['audio'], []] as ('audio' | 'video')[][]) {
      come(tracks, false)
      await settled()
      on.value = true
      await settled()
      expect(kinds()).toBe([...tracks, 'video'].map((kind) => `${kind} live`).join(', '))
      scope.stop()
    }
  })

  it('is opened when it is chosen, and in the place of the one before', async () => {
    come(['audio'], false)
    await kept.reopen('camera')
    expect(kinds()).toBe(BOTH)
    const [former] = stream.value!.getVideoTracks()
    await kept.reopen('camera')
    expect(kinds()).toBe(BOTH)
    expect(former!.readyState).toBe('ended')
  })

  it('makes room for the chosen one where a phone opens one at a time', async () => {
    const [, former] = come(['audio', 'video'])
    const open = navigator.mediaDevices.getUserMedia
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      if (former!.readyState === 'live') throw new DOMException('', 'NotReadableError')
      return open(wanted)
    }
    await kept.reopen('camera')
    expect(kinds()).toBe(BOTH)
  })

  it('that was not allowed is not asked for by itself, until it is', async () => {
    come(['audio'])
    kept.use(stream.value!, 'denied')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(devices.asked).toEqual([])
    devices.granted = ['camera']
    await vi.advanceTimersByTimeAsync(10_000)
    expect(kinds()).toBe(BOTH)
  })

  it('that opens after it was switched off is put off again', async () => {
    come(['audio'], false)
    await settled()
    let opened!: (stream: unknown) => void
    navigator.mediaDevices.getUserMedia = () => new Promise((resolve) => (opened = resolve as typeof opened))
    on.value = true
    await settled()
    on.value = false
    const late = new FakeTrack('video')
    opened(new FakeStream([late]))
    await settled()
    expect(late.readyState).toBe('ended')
    expect(kinds()).toBe('audio live')
  })

  it('is not opened by a page that was left, nor without a seat', async () => {
    come(['audio'], false)
    stream.value = null
    on.value = true
    await settled()
    scope.stop()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(devices.asked).toEqual([])
  })
})

describe('a microphone', () => {
  it('that a telephone call took comes back with the camera', async () => {
    const taken = come(['audio', 'video'])
    await settled()
    devices.audio = devices.video = 'NotReadableError'
    for (const track of taken) track.end()
    await settled()
    devices.audio = devices.video = ''
    document.dispatchEvent(new Event('visibilitychange'))
    await settled()
    expect(kinds()).toBe(BOTH)
  })

  it('is not asked for by itself where there was none', async () => {
    come([], false)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(devices.asked).toEqual([])
  })
})

describe('what must not open by itself', () => {
  it('the camera of who came in with the voice alone, whatever the server still says of it', async () => {
    come(['audio'], true)
    kept.use(stream.value!, '', false)
    await vi.advanceTimersByTimeAsync(60_000)
    document.dispatchEvent(new Event('visibilitychange'))
    await settled()
    expect(kinds()).toBe('audio live')
    on.value = false
    await settled()
    on.value = true
    await settled()
    expect(kinds()).toBe(BOTH)
  })

  it('the microphone of who has left', async () => {
    const [sound] = come(['audio'], false)
    await settled()
    inside.value = false
    sound!.end()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(kinds()).toBe('audio ended')
  })

  it('what is allowed after the page was left', () => {
    come(['audio', 'video'])
    kept.close()
    const late = [new FakeTrack('audio'), new FakeTrack('video')]
    kept.use(new FakeStream(late) as unknown as MediaStream)
    expect(late.map((track) => track.readyState)).toEqual(['ended', 'ended'])
  })
})
