// @vitest-environment jsdom
// What a system does to pictures and voices, and that they go on.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Playing, SETTLED } from './playing'

/** An element as a browser has it: a refused one stays paused, one that plays tells so. */
class Element extends EventTarget {
  paused = true
  srcObject: unknown = null
  plays = 0
  refuses = false
  /** Neither begins nor refuses. */
  hangs = false
  play(): Promise<void> {
    this.plays++
    if (this.hangs) return new Promise(() => undefined)
    if (this.refuses) return Promise.reject(new DOMException('', 'NotAllowedError'))
    this.paused = false
    this.dispatchEvent(new Event('playing'))
    return Promise.resolve()
  }
  pause(): void {
    this.paused = true
    this.dispatchEvent(new Event('pause'))
  }
}

const track = (): MediaStreamTrack => ({ readyState: 'live' }) as MediaStreamTrack
let hidden = false
let element: Element
let told: boolean[]
let playing: Playing

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('MediaStream', class {})
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
  hidden = false
  element = new Element()
  told = []
  playing = new Playing(element as unknown as HTMLMediaElement, (is) => told.push(is))
})
afterEach(() => {
  playing.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})
const later = (): Promise<unknown> => vi.advanceTimersByTimeAsync(2 * SETTLED)

async function begun(): Promise<void> {
  playing.show(track())
  await later()
  expect([element.paused, element.plays, told]).toEqual([false, 1, []])
}

it('goes on by itself after the system paused it', async () => {
  await begun()
  element.pause()
  await later()
  expect([element.paused, element.plays, told]).toEqual([false, 2, []])
})

it('asks for a tap where going on is refused, and no longer once it plays', async () => {
  await begun()
  element.refuses = true
  element.pause()
  await later()
  expect([element.plays, told]).toEqual([2, [true]])
  playing.resume()
  await later()
  expect([element.plays, told]).toEqual([3, [true]])
  element.refuses = false
  playing.resume()
  await later()
  expect([element.paused, told]).toEqual([false, [true, false]])
})

it('asks for a tap where it neither begins nor is refused', async () => {
  await begun()
  element.hangs = true
  element.pause()
  await vi.advanceTimersByTimeAsync(SETTLED - 1)
  expect(told).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(told).toEqual([true])
})

it('does not go round in circles with a system that pauses it again at once', async () => {
  await begun()
  element.addEventListener('playing', () => queueMicrotask(() => element.pause()))
  element.pause()
  await later()
  expect([element.plays, told]).toEqual([2, [true]])
})

it.each([
  ['visibilitychange', () => document],
  ['pageshow', () => window],
  ['focus', () => window],
])('waits while nobody looks, and goes on at %s', async (name, target) => {
  await begun()
  hidden = true
  element.pause()
  target().dispatchEvent(new Event(name))
  await later()
  expect([element.paused, element.plays, told]).toEqual([true, 1, []])
  hidden = false
  target().dispatchEvent(new Event(name))
  await later()
  expect([element.paused, element.plays, told]).toEqual([false, 2, []])
  target().dispatchEvent(new Event(name))
  expect(element.plays, 'what plays is left alone').toBe(2)
})

it('takes no end and no other track for a pause', async () => {
  const first = track()
  playing.show(first)
  await later()
  Object.assign(first, { readyState: 'ended' })
  element.pause()
  window.dispatchEvent(new Event('focus'))
  await later()
  expect([element.plays, told]).toEqual([1, []])
  playing.show(null)
  element.pause()
  await later()
  expect([element.plays, told]).toEqual([1, []])
})

it('tells nothing of an attempt that another track has ended', async () => {
  let refuse = (): void => undefined
  vi.spyOn(element, 'play').mockImplementationOnce(() => new Promise((_, reject) => (refuse = () => reject(new DOMException('', 'AbortError')))))
  playing.show(track())
  playing.show(null)
  refuse()
  await later()
  expect(told).toEqual([])
})

it('takes its words back and hears nothing more when it is closed', async () => {
  element.refuses = true
  playing.show(track())
  await later()
  playing.close()
  window.dispatchEvent(new Event('focus'))
  element.pause()
  await later()
  expect([element.plays, told, element.srcObject, vi.getTimerCount()]).toEqual([1, [true, false], null, 0])
})
