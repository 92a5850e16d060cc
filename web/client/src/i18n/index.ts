// Every string that people see comes from a catalogue; zh is complete by type, en must have the same keys.
import { createI18n } from 'vue-i18n'
import en from './en'
import zh from './zh'

export type Language = 'zh' | 'en'
const KEY = 'heyi.language'

const stored = localStorage.getItem(KEY)
const first: Language = stored === 'en' || stored === 'zh' ? stored : navigator.language.startsWith('en') ? 'en' : 'zh'

export const i18n = createI18n({ legacy: false, locale: first, fallbackLocale: 'zh', messages: { zh, en }, missingWarn: false, fallbackWarn: false })

export function setLanguage(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem(KEY, language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

setLanguage(first)
