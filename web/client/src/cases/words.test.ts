import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import en from '../i18n/en'
import zh from '../i18n/zh'

/** What somebody meets who has reported a livelihood matter. */
const PAGES = [
  'cases/CaseTimeline.vue',
  'cases/NextStep.vue',
  'cases/RecordingsGoing.vue',
  'pages/MinePage.vue',
  'pages/OwnPage.vue',
  'pages/ProgressPage.vue',
  'pages/RatePage.vue',
  'pages/ReportPage.vue',
  'performance/BreachWays.vue',
  'performance/ObligationFacts.vue',
  'performance/OwnPerformance.vue',
  'performance/ReceiptDialog.vue',
  'performance/ReceiptLines.vue',
  'rating/RateCard.vue',
  'report/AddPhotos.vue',
  'report/ReportDone.vue',
  'report/ReportForm.vue',
  'resident/MatterCard.vue',
  'schedule/MeetingLine.vue',
  'schedule/OwnSchedule.vue',
  'statement/OwnStatement.vue',
  'statement/WriteStatement.vue',
]
/** Said where the matter is a dispute, or to a party that did not report it. */
const OF_DISPUTES = ['report.kindDispute', 'words.dispute', 'resident.list.party']
const DISPUTE = { zh: /矛盾|纠纷|对方|调解/, en: /\bdispute|mediat|other (side|party)/i }
/** Names of laws are what they are, and so is what is put in. */
const plain = (text: string): string => text.replace(/人民调解法|People’s Mediation Law|\{\w+\}/g, '')

function flat(node: object, prefix = ''): Record<string, string> {
  return Object.fromEntries(Object.entries(node).flatMap(([key, value]) => (typeof value === 'object' && value !== null ? Object.entries(flat(value, `${prefix}${key}.`)) : [[`${prefix}${key}`, String(value)]])))
}

/** Keys of the catalogue that a source names, also those whose end is put in. */
function named(source: string, keys: string[]): string[] {
  const found = [...source.matchAll(/['`"]((?:\$\{words\}|[a-zA-Z]+)\.[\w.]*)(\$\{)?/g)].flatMap(([, name, open]) => (open ? keys.filter((key) => key.startsWith(name!)) : [name!.replace('${words}', 'report')]))
  return [...new Set(found)].filter((key) => keys.includes(key))
}

describe('a livelihood matter', () => {
  for (const [language, all] of [['zh', zh], ['en', en]] as const) {
    const texts = flat(all)
    const own = flat(all.matter)
    it(`is told of without a word of disputes (${language})`, () => {
      expect(Object.entries(own).filter(([, text]) => DISPUTE[language].test(plain(text)))).toEqual([])
      expect(Object.keys(own).filter((key) => !(key in texts))).toEqual([])
    })
    it(`has its own words wherever its reporter would read of a dispute (${language})`, () => {
      const wrong = PAGES.flatMap((page) => {
        const source = readFileSync(`src/${page}`, 'utf8')
        const keys = named(source, Object.keys(texts)).filter((key) => DISPUTE[language].test(plain(texts[key]!)) && !OF_DISPUTES.includes(key))
        const asked = /\b(useWords|tellOf)\(/.test(source)
        return keys.filter((key) => !(key in own) || !asked).map((key) => `${page}: ${key}`)
      })
      expect(wrong).toEqual([])
    })
  }
})
