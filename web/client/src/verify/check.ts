// A file checked where it lies, and what was found as the page shows it. The rules are in src/verifier; nothing is sent anywhere.
import { Cancelled, type Check, type Report, type Status } from '@/verifier/report'
import { examine, fingerprintOf, rootsAre, withAnchor } from '@/verifier/verify'
import type { Watch } from '@/verifier/source'

/** Why a file could not be checked at all, which says nothing about anybody having altered it. */
export type Unread = 'empty' | 'foreign' | 'incomplete'

export interface Verdict {
  verdict: 'holds' | 'broken' | 'unanchored' | Unread
  checks: Check[]
  roots: string[]
  facts: Record<string, string>
}

/** What was read of a file; its verdict still depends on the anchor. */
export interface Examined {
  report: Report
  sha256: string
  unread: Unread | null
}

/** `progress`: hundredths. Null when it was called off. */
export async function examined(file: File, progress: (share: number) => void, signal: AbortSignal): Promise<Examined | null> {
  const half = (from: number): Watch['progress'] => (done, total) => progress(Math.floor(from + (50 * done) / Math.max(total, 1)))
  try {
    const sha256 = await fingerprintOf(file, { progress: half(0), signal })
    const report = await examine(file, { progress: half(50), signal })
    return { report, sha256, unread: await unreadOf(file, report) }
  } catch (error) {
    if (error instanceof Cancelled) return null
    throw error
  }
}

/** Bytes in which the end of a ZIP or a PDF, and the list of a ZIP's names, are looked for. */
const TAIL = 2 ** 20
/** Bytes of a ZIP's last record. */
const END = 22

/** Of a file that failed before anything in it could be compared. */
export async function unreadOf(file: Blob, report: Report): Promise<Unread | null> {
  if (file.size === 0) return 'empty'
  const fails = (code: string): boolean => report.checks.some((check) => check.code === code && check.status === 'fail')
  if (fails('known_format')) return 'foreign'
  if (!report.checks.some((check) => check.status === 'fail') || !(report.kind === 'agreement' || fails('zip_canonical'))) return null
  const tail = new TextDecoder('latin1').decode(await file.slice(Math.max(0, file.size - TAIL)).arrayBuffer())
  if (report.kind === 'agreement') return !tail.slice(-1024).includes('%%EOF') ? 'incomplete' : fails('pdf_signed') ? 'foreign' : null
  // A ZIP ends with its list of names; what was added behind that, or packed anew, was altered.
  const end = tail.lastIndexOf('PK\x05\x06')
  if (end < 0 || end + END > tail.length) return 'incomplete'
  return tail.includes('manifest.json') ? null : 'foreign'
}

/** `anchor`: the fingerprint that somebody typed. `published`: the one of this site, which serves where it fits; where it does not, the file
 * may well be another committee's, and the origin stays open. */
export function judged({ report, sha256, unread }: Examined, anchor: string | null, published: string): Verdict {
  const own = published && report.roots.length > 0 && rootsAre(report, published) ? published : null
  const whole = withAnchor(report, anchor ?? own)
  const verdict = unread ?? (!whole.ok ? 'broken' : whole.anchored ? 'holds' : 'unanchored')
  return { verdict, checks: whole.checks, roots: whole.roots, facts: { kind: whole.kind, sha256 } }
}

/** A typed fingerprint, or several: null while there is none, undefined while it cannot be one. */
export function anchorOf(typed: string): string | null | undefined {
  const items = typed.split(/[,，;；]/).map((item) => item.toLowerCase().replace(/[\s:：]/g, ''))
  if (items.join('') === '') return null
  return items.every((item) => /^[0-9a-f]{64}$/.test(item)) ? items.join(',') : undefined
}

/** What nobody checked, as keys of the catalogue with what they name. */
export function unchecked({ checks }: Verdict): { key: string; named: Record<string, unknown> }[] {
  const of = (code: string): Check | undefined => checks.find((found) => found.code === code)
  const stopped = ['zip_canonical', 'files_required', 'manifest_form', 'readable', 'pdf_structure', 'known_format', 'size'].some((code) => of(code)?.status === 'fail')
  const found: { key: string; named: Record<string, unknown> }[] = []
  const note = (key: string, when: unknown, named: Record<string, unknown> = {}): void => void (when && found.push({ key, named }))
  note('rest', stopped)
  note('origin', of('anchor_not_given') ?? of('anchor_not_checked'))
  note('withheld', of('payloads')?.detail.withheld, { count: of('payloads')?.detail.withheld })
  note('revocation', of('revocation_unknown'), { list: of('revocation_unknown')?.detail.certificates })
  note('signers', of('expected_signers_unknown'))
  note('paper', of('signed_on_paper'))
  note('entered', of('not_entered'), { list: of('not_entered')?.detail.names })
  note('volumes', of('other_volumes'), { ...of('other_volumes')?.detail })
  note('damaged', of('recordings_damaged'), { list: of('recordings_damaged')?.detail.names })
  note('recordings', of('recordings') && of('recordings')?.detail.files !== 0)
  note('meaning', !stopped)
  return found
}

const RANK: Record<Status, number> = { fail: 0, warn: 1, ok: 2 }

/** What does not hold first, then what is to be noted: nobody should have to look for it among what holds. */
export const inOrder = (checks: Check[]): Check[] => [...checks].sort((a, b) => RANK[a.status] - RANK[b.status])

/** The files or names that a check found wrong, the first few of them. */
export const listed = (detail: Record<string, unknown>): string[] => Object.values(detail).filter(Array.isArray).flat().slice(0, 3).map(String)

/** What a check found, as plain words, where the catalogue has no sentence for it. */
export function plain(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== '' && value !== 0 && value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `${key.replace(/_/g, ' ')}: ${Array.isArray(value) ? value.slice(0, 3).join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('; ')
}

type Translate = (key: string, named?: Record<string, unknown>) => string
type Exists = (key: string) => boolean

/** Who did something, by what the person is to the case, and the masked name where it is told: an account tells nobody anything. */
export function personWords(role: string, name: string, t: Translate, te: Exists): string {
  const what = te(`verify.people.${role}`) ? t(`verify.people.${role}`) : t('verify.people.staff')
  return name ? t('verify.person', { what, name }) : what
}

/** Why something of a recording is missing, from the codes of the finding. */
export const missingWords = (codes: string, t: Translate, te: Exists): string =>
  codes
    .split(' ')
    .filter(Boolean)
    .map((one) => t(te(`verify.missing.${one}`) ? `verify.missing.${one}` : 'verify.missing.other'))
    .join(t('app.comma'))

export const inFours = (hex: string): string => hex.replace(/[^0-9a-fA-F]/g, '').replace(/(.{4})(?=.)/g, '$1 ')

/** Bytes as people say them. */
export function sizeOf(bytes: number): string {
  if (bytes < 2 ** 20) return `${Math.max(1, Math.round(bytes / 1024))} KB`
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MB` : `${(bytes / 2 ** 30).toFixed(2)} GB`
}
