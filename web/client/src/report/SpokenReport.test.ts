// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, ref, shallowRef, type App } from 'vue'
import { createI18n } from 'vue-i18n'
import en from '@/i18n/en'
import { stream, withMicrophone } from '@/statement/microphone.fake'
import type { Told } from './draft'
import SpokenReport from './SpokenReport.vue'

const words = en.report.spoken
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const told = shallowRef<Told | null>(null)
const live = ref(false)
const disabled = ref(false)
const take = vi.fn((now: Told | null) => (told.value = now))
const microphone = vi.fn()
const place = document.createElement('div')
let app: App
let now = 0

const button = (name: string): HTMLButtonElement => [...place.querySelectorAll('button')].find((one) => one.textContent!.includes(name))!

/** One taps it, and what comes of it comes. */
async function tap(name: string): Promise<void> {
  button(name).click()
  await settled()
  await settled()
}

/** From the first tap to the last, so many seconds. */
async function tell(seconds: number, first = words.tell): Promise<void> {
  await tap(first)
  now += seconds * 1000
  await tap(words.stop)
}

describe('a report told by voice', () => {
  beforeEach(() => {
    microphone.mockReset().mockResolvedValue(stream())
    take.mockClear()
    told.value = null
    live.value = disabled.value = false
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    withMicrophone(microphone)
    app = createApp({ render: () => h(SpokenReport, { told: told.value, take, disabled: disabled.value, live: live.value, 'onUpdate:live': (on: boolean) => (live.value = on) }) })
    app.use(createI18n({ legacy: false, locale: 'en', messages: { en } })).mount(place)
  })
  afterEach(() => {
    app.unmount()
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })

  it('stays until it is told anew', async () => {
    await tell(7)
    expect(told.value!.seconds).toBe(7)
    microphone.mockRejectedValueOnce(new DOMException('', 'NotReadableError'))
    await tap(words.again)
    expect(place.querySelector('[role=alert]')!.textContent).toContain(words.trouble.busy)
    expect(told.value!.seconds).toBe(7)
    expect(place.querySelector('audio')).not.toBeNull()
    await tell(9, words.again)
    expect(told.value!.seconds).toBe(9)
    expect(take).not.toHaveBeenCalledWith(null)
  })

  it('comes back where it was left out by mistake', async () => {
    await tell(7)
    await tap(words.without)
    expect(told.value).toBe(null)
    await tap(words.restore)
    expect(told.value!.seconds).toBe(7)
    await tap(words.without)
    await tell(9)
    await tap(words.without)
    await tap(words.restore)
    expect(told.value!.seconds).toBe(9)
  })

  it('is going on as soon as the microphone is asked for', async () => {
    let opened!: (found: unknown) => void
    microphone.mockImplementationOnce(() => new Promise((resolve) => (opened = resolve)))
    await tap(words.tell)
    expect(live.value).toBe(true)
    expect(place.textContent).toContain(words.opening)
    opened(stream())
    await settled()
    expect(live.value).toBe(true)
    now += 7000
    await tap(words.stop)
    expect(live.value).toBe(false)
  })

  it('has at least a second', async () => {
    await tell(7)
    await tell(0.8, words.again)
    expect(place.querySelector('[role=alert]')!.textContent).toContain(words.short)
    expect(told.value!.seconds).toBe(7)
    await tell(1.2, words.again)
    expect(place.querySelector('[role=alert]')).toBeNull()
    expect(told.value!.seconds).toBe(1.2)
  })

  it('cannot be changed while it is sent', async () => {
    await tell(7)
    disabled.value = true
    await nextTick()
    for (const name of [words.again, words.without]) expect(button(name).disabled).toBe(true)
  })
})
