// verify.html: the verifier as one file, which a double click opens. It loads nothing, and its own policy forbids it to.
import { createApp } from 'vue'
import { createI18n } from 'vue-i18n'
import { app as enApp } from '@/i18n/en-app'
import { verify as enVerify } from '@/i18n/en-verify'
import { app as zhApp } from '@/i18n/zh-app'
import { verify as zhVerify } from '@/i18n/zh-verify'
import { verifyFile } from '@/verifier/verify'
import OfflinePage from './OfflinePage.vue'
import '@/styles/tokens.css'
import '@/styles/base.css'

const messages = { zh: { app: zhApp, verify: zhVerify }, en: { app: enApp, verify: enVerify } }
const locale = navigator.language.startsWith('en') ? 'en' : 'zh'

/** For whoever checks many files from the browser's console: the report as `verify.py --json` prints it. */
Object.assign(window, { heyiVerify: async (file: Blob, anchor: string | null = null) => (await verifyFile(file, anchor)).plain() })

createApp(OfflinePage).use(createI18n({ legacy: false, locale, fallbackLocale: 'zh', messages, missingWarn: false, fallbackWarn: false })).mount('#app')
