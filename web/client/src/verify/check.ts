// A file checked where it lies, and what was found as the page shows it. The rules are in src/verifier; nothing is sent anywhere.
import { Cancelled, type Check, type Report, type Status } from '@/verifier/report'
import { examine, fingerprintOf, rootsAre, withAnchor } from '@/verifier/verify'
import type { Watch } from '@/verifier/source'

export interface Verdict {
  verdict: 'holds' | 'broken' | 'unanchored'
  checks: Check[]
  roots: string[]
  facts: Record<string, string>
}

/** What was read of a file; its verdict still depends on the anchor. */
export interface Examined {
  report: Report
  sha256: string
}

/** `progress`: hundredths. Null when it was called off. */
export async function examined(file: File, progress: (share: number) => void, signal: AbortSignal): Promise<Examined | null> {
  const half = (from: number): Watch['progress'] => (done, total) => progress(Math.floor(from + (50 * done) / Math.max(total, 1)))
  try {
    const sha256 = await fingerprintOf(file, { progress: half(0), signal })
    return { report: await examine(file, { progress: half(50), signal }), sha256 }
  } catch (error) {
    if (error instanceof Cancelled) return null
    throw error
  }
}

/** `anchor`: the fingerprint that somebody typed. `published`: the one of this site, which serves where it fits; where it does not, the file
 * may well be another committee's, and the origin stays open. */
export function judged({ report, sha256 }: Examined, anchor: string | null, published: string): Verdict {
  const own = published && report.roots.length > 0 && rootsAre(report, published) ? published : null
  const whole = withAnchor(report, anchor ?? own)
  const verdict = !whole.ok ? 'broken' : whole.anchored ? 'holds' : 'unanchored'
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
  note('origin', of('anchor_not_given'))
  note('withheld', of('payloads')?.detail.withheld, { count: of('payloads')?.detail.withheld })
  note('revocation', of('revocation_unknown'), { list: of('revocation_unknown')?.detail.certificates })
  note('signers', of('expected_signers_unknown'))
  note('paper', of('signed_on_paper'))
  note('entered', of('not_entered'), { list: of('not_entered')?.detail.names })
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

export const inFours = (hex: string): string => hex.replace(/[^0-9a-fA-F]/g, '').replace(/(.{4})(?=.)/g, '$1 ')

/** Bytes as people say them. */
export function sizeOf(bytes: number): string {
  if (bytes < 2 ** 20) return `${Math.max(1, Math.round(bytes / 1024))} KB`
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MB` : `${(bytes / 2 ** 30).toFixed(2)} GB`
}
