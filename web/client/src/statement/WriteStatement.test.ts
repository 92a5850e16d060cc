// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h } from 'vue'
import { createI18n } from 'vue-i18n'
import en from '@/i18n/en'
import { keptIn } from '@/kept.fake'
import type { OwnDoc } from '@/live/docs'
import { stream, withMicrophone } from './microphone.fake'
import { takenKey, type Taken } from './recorder'
import WriteStatement from './WriteStatement.vue'

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))
const kept = new Map<string, unknown>()

describe('a statement that is being recorded', () => {
  beforeEach(() => {
    kept.clear()
    vi.stubGlobal('indexedDB', keptIn(kept))
    withMicrophone(async () => stream())
    Element.prototype.scrollIntoView = () => undefined
  })
  afterEach(() => vi.unstubAllGlobals())

  it('is kept when its page is left, or its half hour is over', async () => {
    const place = document.createElement('div')
    const app = createApp({ render: () => h(WriteStatement, { doc: { id: 'k', party: 'p1' } as OwnDoc, until: 0 }) })
    app.use(createI18n({ legacy: false, locale: 'en', messages: { en } })).mount(place)
    for (const name of [en.statement.record.voice, en.statement.record.start]) {
      ;[...place.querySelectorAll('button')].find((one) => one.textContent!.includes(name))!.click()
      await settled()
    }
    expect(kept.size).toBe(0)
    app.unmount()
    await settled()
    expect(kept.get(takenKey('k', 'p1'))).toMatchObject({ voice: true, upload: '', seconds: expect.any(Number) } satisfies Partial<Record<keyof Taken, unknown>>)
  })

  it('leaves nothing said of a wrong file beside what was recorded since', async () => {
    const place = document.createElement('div')
    const app = createApp({ render: () => h(WriteStatement, { doc: { id: 'k', party: 'p2' } as OwnDoc, until: 0 }) })
    app.use(createI18n({ legacy: false, locale: 'en', messages: { en } })).mount(place)
    const file = place.querySelector<HTMLInputElement>('input[type=file]')!
    Object.defineProperty(file, 'files', { value: [new File([], 'empty.mp4', { type: 'video/mp4' })] })
    file.dispatchEvent(new Event('change'))
    await settled()
    expect(place.textContent).toContain(en.errors.recording_size)
    ;[...place.querySelectorAll('button')].find((one) => one.textContent!.includes(en.statement.record.voice))!.click()
    await settled()
    expect(place.textContent).not.toContain(en.errors.recording_size)
    app.unmount()
  })
})
