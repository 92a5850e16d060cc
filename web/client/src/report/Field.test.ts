// @vitest-environment jsdom
import { afterEach, describe, expect, it } from 'vitest'
import { createApp, h, nextTick, ref, type App } from 'vue'
import { createI18n } from 'vue-i18n'
import { RefusedError } from '@/live/connection'
import en from '@/i18n/en'
import Field from './Field.vue'

let app: App | undefined
afterEach(() => app?.unmount())

function shown(wrong: () => string | RefusedError | undefined, says = ''): HTMLElement {
  const place = document.createElement('div')
  app = createApp({ render: () => h(Field, { label: 'Telephone', wrong: wrong(), says }, { default: ({ id, invalid }: { id: string; invalid: boolean }) => h('input', { id, 'aria-invalid': invalid }) }) })
  app.use(createI18n({ legacy: false, locale: 'en', messages: { en } })).mount(place)
  return place
}

async function type(place: HTMLElement): Promise<void> {
  place.querySelector('input')!.dispatchEvent(new Event('input', { bubbles: true }))
  await nextTick()
}

describe('what is wrong with a field', () => {
  it('goes when the field is changed, and comes when it is refused again', async () => {
    const refusal = ref(new RefusedError('phone_shape', '', { field: 'phone' }))
    const place = shown(() => refusal.value)
    expect(place.querySelector('[role=alert]')!.textContent).toContain(en.errors.phone_shape)
    await type(place)
    expect(place.querySelector('[role=alert]')).toBeNull()
    expect(place.querySelector('input')!.getAttribute('aria-invalid')).toBe('false')
    refusal.value = new RefusedError('phone_shape', '', { field: 'phone' })
    await nextTick()
    expect(place.querySelector('[role=alert]')).not.toBeNull()
  })
  it('stays where somebody else takes it away', async () => {
    const place = shown(() => undefined, 'Two digits are missing')
    await type(place)
    expect(place.querySelector('[role=alert]')!.textContent).toContain('Two digits are missing')
    expect(place.querySelector('input')!.getAttribute('aria-invalid')).toBe('true')
  })
  it('stays where the page itself says it of what is written now', async () => {
    const place = shown(() => 'home.codeWrong')
    await type(place)
    expect(place.querySelector('[role=alert]')!.textContent).toContain(en.home.codeWrong)
  })
})
