import { expect, it } from 'vitest'
import { filesOf, MOST, type Chunk } from './files'
import { INTAKE, REPORT } from './rule'

const built = (): Record<string, Chunk> => ({
  'index.html': { file: 'assets/index-1.js', imports: ['_vue-1.js'], css: ['assets/index-1.css'] },
  '_vue-1.js': { file: 'assets/vue-1.js' },
  '_form-1.js': { file: 'assets/form-1.js', imports: ['_vue-1.js', 'index.html'], css: ['assets/form-1.css'], assets: ['assets/mark-1.woff2'] },
  'src/pages/ReportPage.vue': { file: 'assets/ReportPage-1.js', imports: ['_form-1.js'] },
  'src/pages/IntakePage.vue': { file: 'assets/IntakePage-1.js', imports: ['_form-1.js', '_shell-1.js'] },
  '_shell-1.js': { file: 'assets/shell-1.js', imports: ['_vue-1.js'] },
  'src/pages/DeskPage.vue': { file: 'assets/DeskPage-1.js', imports: ['_vue-1.js'] },
  'src/i18n/zh.ts': { file: 'assets/zh-1.js' },
  'src/i18n/en.ts': { file: 'assets/en-1.js' },
})

it('finds what the report page loads, in both languages, and nothing of other pages', () => {
  expect(filesOf(REPORT, built())).toEqual(['ReportPage-1.js', 'en-1.js', 'form-1.css', 'form-1.js', 'index-1.css', 'index-1.js', 'mark-1.woff2', 'vue-1.js', 'zh-1.js'].map((name) => `/assets/${name}`))
})

it('finds what the page needs where staff enters cases', () => {
  expect(filesOf(INTAKE, built())).toEqual(['IntakePage-1.js', 'en-1.js', 'form-1.css', 'form-1.js', 'index-1.css', 'index-1.js', 'mark-1.woff2', 'shell-1.js', 'vue-1.js', 'zh-1.js'].map((name) => `/assets/${name}`))
})

it('ends the build where a part is missing, or where it would keep too much', () => {
  const { 'src/i18n/en.ts': _, ...less } = built()
  expect(() => filesOf(REPORT, less)).toThrow('src/i18n/en.ts')
  const css = Array.from({ length: MOST }, (_, n) => `assets/${n}.css`)
  expect(() => filesOf(REPORT, { ...built(), '_vue-1.js': { file: 'assets/vue-1.js', css } })).toThrow(`a phone keeps ${MOST}`)
})
