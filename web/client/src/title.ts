// What stands in the window's title, and nowhere else is it set: what the page is, in its language, and the number of its case where whoever is here may see that. Titles go into histories and
// are seen on shared screens: nobody's name stands in one, and nothing of a matter.
import { computed, nextTick, onScopeDispose, ref, shallowRef, watchEffect } from 'vue'
import type { Router } from 'vue-router'
import { i18n } from '@/i18n'
import type { titles } from '@/i18n/zh-titles'

export type Page = keyof typeof titles

declare module 'vue-router' {
  interface RouteMeta {
    title: Page
  }
}

/** Which page it is, where its address alone does not say; and the number of the case that it shows. */
export interface Titled {
  page?: Page
  number?: string
}

const addressed = ref<Page>('home')
const told = shallowRef<() => Titled>(() => ({}))
const nothing = told.value
const what = computed(() => i18n.global.t(`titles.${told.value().page ?? addressed.value}`))

/** Heard by screen readers: the page that a step of navigation has opened. The first one they read by themselves. */
export const announced = ref('')

/** For as long as the page is there: what it knows better than its address. */
export function useTitle(says: () => Titled): void {
  told.value = says
  // The next page may have said its own already.
  onScopeDispose(() => told.value === says && (told.value = nothing))
}

/** Keep the title true, on every step and in every language. */
export function followTitle(router: Router): void {
  router.afterEach((to, from, failure) => {
    if (failure) return
    addressed.value = to.meta.title
    if (!from.matched.length || to.path === from.path) return
    announced.value = ''
    void nextTick(() => (announced.value = what.value))
  })
  watchEffect(() => {
    const { number } = told.value()
    document.title = `${number ? `${what.value} ${number}` : what.value} · ${i18n.global.t('app.name')}`
  })
}
