// @vitest-environment jsdom
// That a tile tells whether a tap is needed for its picture or its voice, and what the tap does.
import { afterEach, expect, it, vi } from 'vitest'
import { createApp, h, ref } from 'vue'
import MediaTile from './MediaTile.vue'

afterEach(() => vi.restoreAllMocks())

it('asks for one tap as long as its picture or its voice needs one', async () => {
  vi.stubGlobal('MediaStream', class {})
  vi.stubGlobal('ResizeObserver', class {
    observe = (): void => undefined
    disconnect = (): void => undefined
  })
  let refuses = true
  const play = vi.spyOn(HTMLMediaElement.prototype, 'play').mockImplementation(async function (this: HTMLMediaElement) {
    if (refuses) throw new DOMException('', 'NotAllowedError')
    Object.defineProperty(this, 'paused', { configurable: true, value: false })
    this.dispatchEvent(new Event('playing'))
  })
  const told: boolean[] = []
  const tile = ref<InstanceType<typeof MediaTile> | null>(null)
  const track = { readyState: 'live' } as MediaStreamTrack
  const app = createApp({ render: () => h(MediaTile, { ref: tile, name: '甲', camera: track, audio: track, onBlocked: (is: boolean) => told.push(is) }) })
  app.mount(document.body)
  await vi.waitFor(() => expect([play.mock.calls.length, told.at(-1)]).toEqual([2, true]))
  refuses = false
  tile.value!.play()
  await vi.waitFor(() => expect([play.mock.calls.length, told.at(-1)]).toEqual([4, false]))
  // A call comes in: the system stops the voice, and does not let it go on.
  refuses = true
  vi.spyOn(performance, 'now').mockReturnValue(1e9)
  const voice = document.querySelector('audio')!
  Object.defineProperty(voice, 'paused', { configurable: true, value: true })
  voice.dispatchEvent(new Event('pause'))
  await vi.waitFor(() => expect([play.mock.calls.length, told.at(-1)]).toEqual([5, true]))
  app.unmount()
  expect(told.at(-1)).toBe(false)
  vi.unstubAllGlobals()
})
