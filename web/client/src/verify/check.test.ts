import { expect, it } from 'vitest'
import { Report } from '@/verifier/report'
import { anchorOf, inOrder, judged as judgedOf, unreadOf, type Verdict, listed, plain, sizeOf, unchecked, missingWords, personWords } from './check'

const judged = (examined: { report: Report; sha256: string }, anchor: string | null, published: string): Verdict => judgedOf({ ...examined, unread: null }, anchor, published)
const root = 'a'.repeat(64)

function bundle(holds = true): Report {
  const report = new Report('bundle')
  report.add('zip_canonical', holds)
  report.add('payloads', true, { withheld: 3 })
  report.add('recordings', true, { files: 1, gaps: 0, tracks: 0, late: 0, reasons: '' })
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

it('compares no fingerprint where no certificate was read', () => {
  const report = new Report('bundle')
  report.add('zip_canonical', false, { reason: 'zip_end' })
  for (const anchor of [null, root]) {
    const verdict = judged({ report, sha256: '' }, anchor, root)
    expect([verdict.verdict, verdict.checks.map((check) => check.code)]).toEqual(['broken', ['zip_canonical', 'anchor_not_checked']])
  }
})

it('says of what is no evidence, empty or cut off that it was not checked, and of nothing that was altered', async () => {
  const of = async (bytes: string, kind: 'bundle' | 'agreement' | 'unknown', code: string): Promise<string | null> => {
    const report = new Report(kind)
    report.add(code, false)
    const unread = await unreadOf(new Blob([bytes]), report)
    expect(judgedOf({ report, sha256: '', unread }, null, '').verdict).toBe(unread ?? 'broken')
    return unread
  }
  expect(await of('', 'unknown', 'known_format')).toBe('empty')
  expect(await of('GIF89a', 'unknown', 'known_format')).toBe('foreign')
  const end = `PK\x05\x06${'\0'.repeat(18)}`
  expect(await of(`PK manifest.json ${end.slice(0, -1)}`, 'bundle', 'zip_canonical')).toBe('incomplete')
  expect(await of('PK half', 'bundle', 'zip_canonical')).toBe('incomplete')
  expect(await of(`PK word/document.xml ${end}`, 'bundle', 'zip_canonical')).toBe('foreign')
  expect(await of(`PK manifest.json ${end}`, 'bundle', 'zip_canonical')).toBeNull()
  expect(await of(`PK manifest.json ${end}`, 'bundle', 'files_match_manifest')).toBeNull()
  expect(await of('%PDF-1.7 half', 'agreement', 'pdf_structure')).toBe('incomplete')
  expect(await of('%PDF-1.7 %%EOF', 'agreement', 'pdf_signed')).toBe('foreign')
  expect(await of('%PDF-1.7 %%EOF', 'agreement', 'pdf_signature')).toBeNull()
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

it('names people by what they are to the case, and reasons in words', () => {
  const t = (key: string, named: Record<string, unknown> = {}): string => (key === 'verify.person' ? `${named.what}（${named.name}）` : key === 'app.comma' ? '，' : key)
  const te = (key: string): boolean => ['verify.people.centre', 'verify.missing.caucus'].includes(key)
  expect(personWords('centre', '周*任', t, te)).toBe('verify.people.centre（周*任）')
  expect(personWords('', '', t, te)).toBe('verify.people.staff')
  expect(missingWords('caucus odd', t, te)).toBe('verify.missing.caucus，verify.missing.other')
  expect(missingWords('', t, te)).toBe('')
})
