// The court clerk's verifier, in the browser: a bundle (ZIP) or a signed agreement (PDF), checked by the rules of evidence/verifier.py, which is
// the reference. No server, no network; the file is read where it lies.
import { checkPdf } from './agreement'
import { checkBundle } from './bundle'
import { Trusted } from './chain'
import { citationsOf } from './cited'
import { hashing, hex } from './hashing'
import { Report, reasonOf } from './report'
import { MAX_IN_MEMORY, Source, type Watch } from './source'

/** Check everything but the origin. Throws `Cancelled` or `Unreadable`, never for what is in the file. */
export async function examine(file: Blob, watch: Watch = {}): Promise<Report> {
  const source = new Source(file, watch)
  const head = String.fromCharCode(...(await source.read(0, 5)))
  if (head === '%PDF-') return examinePdf(source)
  if (head.startsWith('PK')) {
    const report = new Report('bundle')
    try {
      await checkBundle(source, report)
    } catch (error) {
      report.add('readable', false, reasonOf(error))
    }
    return report
  }
  const report = new Report('unknown')
  report.add('known_format', false)
  return report
}

async function examinePdf(source: Source): Promise<Report> {
  const report = new Report('agreement')
  const trusted = new Trusted()
  const { size } = source
  if (report.add('size', size <= MAX_IN_MEMORY, { size })) {
    const data = await source.content({ name: '', start: 0, size })
    await checkPdf(data, null, trusted, report)
    const cited = citationsOf(data)
    if (cited.length) report.warn('citation_not_compared', { segments: Number(cited[0]![0]) })
  }
  if (trusted.unlisted.size) report.warn('revocation_unknown', { certificates: [...trusted.unlisted].sort() })
  return report
}

/** The report with the roots compared with fingerprints that came another way: SHA-256 in hex, several parted by commas; colons, blanks and
 * capitals do not matter. */
export function withAnchor(examined: Report, anchor: string | null): Report {
  const report = examined.copy()
  // It failed before any certificate was read: the fingerprint is neither right nor wrong.
  if (!report.roots.length && !report.ok) report.warn('anchor_not_checked')
  else if (anchor === null) report.warn('anchor_not_given', { roots: report.roots })
  else report.anchored = report.add('anchor', report.roots.length > 0 && rootsAre(report, anchor), { roots: report.roots })
  return report
}

export function rootsAre(report: Report, anchor: string): boolean {
  const anchors = anchor.split(',').map((item) => item.toLowerCase().replace(/[^0-9a-f]/g, ''))
  return report.roots.every((root) => anchors.includes(root))
}

/** All of it: what `verify.py FILE --anchor ANCHOR` does. */
export async function verifyFile(file: Blob, anchor: string | null = null, watch: Watch = {}): Promise<Report> {
  return withAnchor(await examine(file, watch), anchor)
}

/** The SHA-256 of the whole file, by which a printed report names it. */
export async function fingerprintOf(file: Blob, watch: Watch = {}): Promise<string> {
  const source = new Source(file, watch)
  source.expect(file.size)
  const digest = hashing()
  for await (const piece of source.pieces(0, file.size)) digest.update(piece)
  return hex(digest.digest())
}
