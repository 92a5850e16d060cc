// Every string that people see comes from a catalogue; zh is complete by type, en must have the same keys. A phone fetches the one that is read.
import { createI18n } from 'vue-i18n'

export type Language = 'zh' | 'en'
const KEY = 'heyi.language'
const CATALOGUES = { zh: () => import('./zh'), en: () => import('./en') }

const stored = localStorage.getItem(KEY)
const first: Language = stored === 'en' || stored === 'zh' ? stored : navigator.language.startsWith('en') ? 'en' : 'zh'

export const i18n = createI18n({ legacy: false, locale: first as string, fallbackLocale: [], messages: {}, missingWarn: false, fallbackWarn: false })

async function speak(language: Language): Promise<void> {
  if (!i18n.global.availableLocales.includes(language)) i18n.global.setLocaleMessage(language, (await CATALOGUES[language]()).default)
  i18n.global.locale.value = language
  localStorage.setItem(KEY, language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

/** Where its catalogue cannot be fetched now, everything stays in the language that is there. */
export function setLanguage(language: Language): Promise<void> {
  return speak(language).catch(() => undefined)
}

/** Before anything is shown. Rejects where no catalogue can be fetched. */
export const ready = speak(first)
