import { expect, it } from 'vitest'
import { INTAKE, ours, pageOf, REPORT, type Page } from './rule'

const SITE = 'https://heyi.example'
const asked = (path: string, mode = 'cors', method = 'GET', page: Page = REPORT): ReturnType<typeof ours> => ours({ method, mode, url: new URL(path, SITE).href }, SITE, page)

it('answers the opening of its own page, with whatever is behind it', () => {
  for (const path of ['/report', '/report?from=poster', '/report#top']) expect(asked(path, 'navigate')).toBe('page')
  for (const path of ['/desk/intake', '/desk/intake?as=main']) expect(asked(path, 'navigate', 'GET', INTAKE)).toBe('page')
})

it('knows its page by its scope', () => {
  expect(pageOf(`${SITE}/report`)).toBe(REPORT)
  expect(pageOf(`${SITE}/desk/intake`)).toBe(INTAKE)
  for (const scope of ['/', '/desk', '/desk/', '/report/']) expect(pageOf(SITE + scope)).toBe(null)
})

it('answers built files', () => {
  for (const mode of ['cors', 'no-cors', 'same-origin']) expect(asked('/assets/index-B9C4IBDM.js', mode)).toBe('file')
})

it('touches nothing else', () => {
  for (const path of ['/', '/report/', '/report/more', '/reports', '/desk', '/desk/intake', '/mine/k1', '/assets/index-B9C4IBDM.js', '/api/regions']) expect(asked(path, 'navigate')).toBe(null)
  for (const path of ['/report', '/desk', '/desk/cases', '/desk/intake/', '/desk/intakes', '/sign-in']) expect(asked(path, 'navigate', 'GET', INTAKE)).toBe(null)
  for (const path of ['/api/regions', '/api/reports', '/api/intake', '/api/me', '/api/residents/me', '/hub', '/sw.js', '/report', '/verify.html']) for (const page of [REPORT, INTAKE] as const) expect(asked(path, 'cors', 'GET', page)).toBe(null)
  expect(asked('/api/reports', 'cors', 'POST')).toBe(null)
  expect(asked('/report', 'navigate', 'POST')).toBe(null)
  expect(asked('https://other.example/assets/index.js')).toBe(null)
  expect(asked('https://other.example/report', 'navigate')).toBe(null)
})
