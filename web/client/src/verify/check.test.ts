import { expect, it } from 'vitest'
import { Report } from '@/verifier/report'
import { anchorOf, inOrder, judged, listed, plain, sizeOf, unchecked } from './check'

const root = 'a'.repeat(64)

function bundle(holds = true): Report {
  const report = new Report('bundle')
  report.add('zip_canonical', holds)
  report.add('payloads', true, { withheld: 3 })
  report.add('recordings', true, { files: 1, gaps: 0 })
  report.addRoot(root)
  return report
}

it('takes the fingerprint that was typed, or that of this site where it fits', () => {
  const examined = { report: bundle(), sha256: '' }
  expect(judged(examined, null, '').verdict).toBe('unanchored')
  expect(judged(examined, null, root).verdict).toBe('holds')
  expect(judged(examined, null, 'b'.repeat(64)).verdict).toBe('unanchored')
  expect(judged(examined, root, '').verdict).toBe('holds')
  expect(judged(examined, 'b'.repeat(64), root).verdict).toBe('broken')
  expect(examined.report.checks).toHaveLength(3)
})

it('reads fingerprints as people copy them', () => {
  expect(anchorOf(' ')).toBeNull()
  expect(anchorOf('AA:'.repeat(31) + 'aa')).toBe(root)
  expect(anchorOf(`${root}，${root}`)).toBe(`${root},${root}`)
  expect(anchorOf(root.slice(1))).toBeUndefined()
  expect(anchorOf(`x${root.slice(1)}`)).toBeUndefined()
})

it('names what was not checked', () => {
  const of = (report: Report): string[] => unchecked(judged({ report, sha256: '' }, null, '')).map((item) => item.key)
  expect(of(bundle())).toEqual(['origin', 'withheld', 'recordings', 'meaning'])
  expect(of(bundle(false))).toEqual(['rest', 'origin', 'withheld', 'recordings'])
})

it('puts first what does not hold', () => {
  const checks = (['ok', 'warn', 'fail', 'ok'] as const).map((status, n) => ({ code: String(n), status, detail: {} }))
  expect(inOrder(checks).map((check) => check.code).join('')).toBe('2103')
})

it('names the first three things that are wrong, and nothing that is a number', () => {
  expect(listed({ damaged: ['a', 'b', 'c', 'd'], withheld: 0 })).toEqual(['a', 'b', 'c'])
  expect(listed({ uncovered: 7 })).toEqual([])
})

it('has plain words for what the catalogue does not know', () => {
  expect(plain({ some_thing: 3, none: [], empty: '' })).toBe('some thing: 3')
})

it('says how large a file is', () => {
  expect([10, 5_000_000, 4 * 2 ** 30].map(sizeOf)).toEqual(['1 KB', '4.8 MB', '4.00 GB'])
})
