// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { ready, setLanguage } from './i18n'
import en from './i18n/en'
import zh from './i18n/zh'
import { router as own } from './router'
import { announced, followTitle, useTitle, type Page } from './title'

const page = { template: '' }
const routes = (['report', 'progress', 'room'] as Page[]).map((title) => ({ path: `/${title}`, meta: { title }, component: page }))
const router = createRouter({ history: createMemoryHistory(), routes })

describe('the title', () => {
  beforeAll(async () => {
    await ready
    await setLanguage('zh')
    followTitle(router)
  })
  it('says what the page is, and follows navigation and language', async () => {
    await router.push('/report')
    await nextTick()
    expect(document.title).toBe('我要反映 · 和议')
    expect(announced.value).toBe('')
    await setLanguage('en')
    await nextTick()
    expect(document.title).toBe('Report something · Heyi')
    await router.push('/progress')
    await nextTick()
    await nextTick()
    expect(document.title).toBe('Progress · Heyi')
    expect(announced.value).toBe('Progress')
    await setLanguage('zh')
  })
  it('has what a page knows better, for as long as that is there', async () => {
    await router.push('/room')
    const first = effectScope()
    const second = effectScope()
    const told = ref<{ page?: Page; number?: string }>({})
    first.run(() => useTitle(() => told.value))
    told.value = { page: 'lobby' }
    await nextTick()
    expect(document.title).toBe('等候室 · 和议')
    told.value = { number: 'HY-1' }
    await nextTick()
    expect(document.title).toBe('调解室 HY-1 · 和议')
    second.run(() => useTitle(() => ({ number: 'HY-2' })))
    first.stop()
    await nextTick()
    expect(document.title).toBe('调解室 HY-2 · 和议')
    second.stop()
    await nextTick()
    expect(document.title).toBe('调解室 · 和议')
  })
  it('is not told again by a step within the page', async () => {
    announced.value = ''
    await router.push('/room#inside')
    await nextTick()
    await nextTick()
    expect(announced.value).toBe('')
  })
  it('stands in both catalogues for every page', () => {
    const all = own.getRoutes().map((route) => route.meta.title)
    expect(all.length).toBeGreaterThan(20)
    for (const title of all) {
      expect(zh.titles[title], title).toBeTruthy()
      expect(en.titles[title], title).toBeTruthy()
    }
  })
})
