import { expect, it } from 'vitest'
import { ours } from './rule'

const SITE = 'https://heyi.example'
const asked = (path: string, mode = 'cors', method = 'GET'): ReturnType<typeof ours> => ours({ method, mode, url: new URL(path, SITE).href }, SITE)

it('answers the opening of the report page, with whatever is behind it', () => {
  for (const path of ['/report', '/report?from=poster', '/report#top']) expect(asked(path, 'navigate')).toBe('page')
})

it('answers built files', () => {
  for (const mode of ['cors', 'no-cors', 'same-origin']) expect(asked('/assets/index-B9C4IBDM.js', mode)).toBe('file')
})

it('touches nothing else', () => {
  for (const path of ['/', '/report/', '/report/more', '/reports', '/desk', '/mine/k1', '/assets/index-B9C4IBDM.js', '/api/regions']) expect(asked(path, 'navigate')).toBe(null)
  for (const path of ['/api/regions', '/api/reports', '/api/residents/me', '/hub', '/sw.js', '/report', '/verify.html']) expect(asked(path)).toBe(null)
  expect(asked('/api/reports', 'cors', 'POST')).toBe(null)
  expect(asked('/report', 'navigate', 'POST')).toBe(null)
  expect(asked('https://other.example/assets/index.js')).toBe(null)
  expect(asked('https://other.example/report', 'navigate')).toBe(null)
})
