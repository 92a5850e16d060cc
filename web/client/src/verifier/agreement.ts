// All signatures of an agreement, each at its own trusted time; whose they are, in which order, and that nothing came after.
import { Cms, DATA, SIGNATURE_TIMESTAMP } from './cms'
import { checkTimestamp, isoOf, rootOf, type Trusted } from './chain'
import { digestOf, digestOfParts } from './hashing'
import { Pdf, roleOf, unpad, type PdfSignature } from './pdf'
import { Broken, reasonOf, type Detail, type Report, type Signer } from './report'

const ORDER: Record<string, number> = { platform: 0, party: 1, mediator: 2, recorder: 3, committee: 4, paper: 4 }

/** Who has to have signed which field, from the manifest. */
export interface Expected {
  field: string
  name: string
  certificate: string
}

export async function checkPdf(data: Uint8Array, expected: Expected[] | null, trusted: Trusted, report: Report): Promise<void> {
  const pdf = new Pdf(data)
  let signatures: PdfSignature[]
  try {
    signatures = pdf.signatures()
  } catch (error) {
    report.add('pdf_structure', false, reasonOf(error))
    return
  }
  report.add('pdf_signed', signatures.length > 0, { signatures: signatures.length })
  const times: Date[] = []
  for (const signature of signatures) await checkSignature(pdf, signature, trusted, report, times)
  if (!signatures.length) return
  const last = signatures[signatures.length - 1]
  report.add('pdf_covers_everything', last.end === data.length, { uncovered: data.length - last.end })
  const stamps = signatures.filter((one) => one.isTimestamp)
  report.add('pdf_closed_by_timestamp', last.isTimestamp && stamps.every((one, n) => signatures[signatures.length - stamps.length + n] === one), { timestamps: stamps.length })
  if (stamps.length > 1 && times.length === signatures.length) {
    // Each was still believed when the next one was put over it (ETSI EN 319 142-1, 6.3).
    const ends = stamps.map((stamp) => new Cms(unpad(stamp.contents)).certificate.ends)
    report.add('pdf_renewed_in_time', times.slice(times.length - stamps.length + 1).every((at, n) => at <= ends[n]!))
  }
  report.add('pdf_times_in_order', times.every((time, n) => n === 0 || times[n - 1] <= time))
  const signed = new Set(signatures.map((signature) => signature.name))
  const unsigned = [...pdf.fields()].filter((name) => !signed.has(name)).sort()
  report.add('pdf_all_fields_signed', unsigned.length === 0, { unsigned })
  checkSigners(signatures.filter((signature) => !signature.isTimestamp), expected, report)
}

async function checkSignature(pdf: Pdf, signature: PdfSignature, trusted: Trusted, report: Report, times: Date[]): Promise<void> {
  const detail: Detail = { field: signature.name }
  try {
    const der = unpad(signature.contents)
    if (!pdf.endsRevision(signature.end)) throw new Broken('revision_end')
    if (signature.isTimestamp) {
      const { at, root } = await checkTimestamp(der, (name) => digestOfParts(name, signature.covered), trusted)
      detail.at = isoOf(at)
      report.addRoot(root.fingerprint)
      times.push(at)
    } else {
      const { signer, key, at, roots } = await checkSigner(der, signature, trusted)
      roots.forEach((root) => report.addRoot(root))
      Object.assign(detail, { name: signer.name, at: signer.at, certificate: signer.certificate })
      report.signers.push(signer)
      if (signer.role === 'platform') report.platformKey = key
      times.push(at)
    }
    report.add('pdf_signature', true, detail)
  } catch (error) {
    report.add('pdf_signature', false, { ...detail, ...reasonOf(error) })
  }
}

async function checkSigner(der: Uint8Array, signature: PdfSignature, trusted: Trusted): Promise<{ signer: Signer; key: Uint8Array; at: Date; roots: string[] }> {
  const cms = new Cms(der)
  if (cms.contentType !== DATA || cms.content !== null) throw new Broken('cms_not_detached')
  await cms.demandSignature(await digestOfParts(cms.hashName, signature.covered))
  const tokens = cms.unsigned.get(SIGNATURE_TIMESTAMP) ?? []
  if (tokens.length !== 1 || cms.unsigned.size !== 1) throw new Broken('no_trusted_time')
  const stamp = await checkTimestamp(tokens[0].raw, (name) => digestOf(name, cms.signature), trusted)
  const root = await rootOf(cms, stamp.at, trusted)
  const { commonName: name, fingerprint: certificate } = cms.certificate
  const signer = { field: signature.name, name, at: isoOf(stamp.at), certificate, role: roleOf(signature.name) }
  return { signer, key: cms.certificate.publicKey, at: stamp.at, roots: [stamp.root.fingerprint, root.fingerprint] }
}

function checkSigners(signatures: PdfSignature[], expected: Expected[] | null, report: Report): void {
  const roles = signatures.map((signature) => roleOf(signature.name))
  const ranks = roles.map((role) => ORDER[role] ?? -1)
  const count = (role: string): number => roles.filter((one) => one === role).length
  // On paper the people signed by hand: the platform and the committee vouch for the pictures of it, and nobody else signs the file.
  const onPaper = roles.join() === 'platform,paper'
  const electronic = count('platform') === 1 && count('mediator') === 1 && count('committee') === 1 && count('party') >= 2 && count('paper') === 0
  const ordered = ranks.every((rank, n) => rank >= 0 && (n === 0 || ranks[n - 1] <= rank))
  report.add('pdf_signing_order', ordered && (onPaper || electronic), { order: signatures.map((signature) => signature.name) })
  if (onPaper) report.warn('signed_on_paper')
  if (expected === null) {
    report.warn('expected_signers_unknown')
    return
  }
  const key = ({ field, certificate, name }: Expected): string => JSON.stringify([field, certificate, name])
  const wanted = new Map(expected.map((item) => [key(item), item]))
  const found = new Set(report.signers.map(key))
  const missing = [...wanted].filter(([item]) => !found.has(item)).map(([, item]) => item.field)
  const right = missing.length === 0 && wanted.size === found.size && found.size === signatures.length
  report.add('expected_signers', right, { missing: missing.sort() })
}
