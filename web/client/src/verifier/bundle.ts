// A bundle: its container, every file's hash, the manifest, and what the manifest speaks of.
import { checkPdf } from './agreement'
import { Certificate, RevocationList } from './certificate'
import { Trusted } from './chain'
import { checkCited } from './cited'
import { same } from './der'
import { checkEntered } from './entered'
import { crc32, hashing, hex } from './hashing'
import { byCodePoint } from './json'
import { checkLedger } from './ledger'
import { checkSm3 } from './listed'
import { checkManifestSignature, merkleRootOf, readManifest, type Manifest } from './manifest'
import { checkRecordings } from './recordings'
import { reasonOf, type Report } from './report'
import type { Source } from './source'
import { readZip, type Member } from './zip'

const MANIFEST_FILES = ['manifest.json', 'manifest.p7s', 'manifest.tsr']
const REQUIRED = [...MANIFEST_FILES, 'ledger.jsonl', 'verify.py', '说明.txt']

const ORAL_FORM = 'oral/registration.pdf'

type Members = Map<string, Member>

/** Path → SHA-256 of the content. */
type Hashes = Map<string, string>

export async function checkBundle(source: Source, report: Report): Promise<void> {
  let members: Members
  try {
    members = new Map((await readZip(source)).map((member) => [member.name, member]))
  } catch (error) {
    report.add('zip_canonical', false, reasonOf(error))
    return
  }
  report.add('zip_canonical', true, { files: members.size })
  source.expect([...members.values()].reduce((sum, member) => sum + member.size * (member.name.startsWith('recordings/') ? 2 : 1), 0))
  const found = await hashMembers(source, members, report)
  const missing = REQUIRED.filter((name) => !members.has(name))
  if (!report.add('files_required', missing.length === 0, { missing })) return
  const content = (name: string): Promise<Uint8Array> => source.content(members.get(name)!)
  let raw: Uint8Array
  let manifest: Manifest
  try {
    raw = await content('manifest.json')
    manifest = readManifest(raw)
  } catch (error) {
    report.add('manifest_form', false, reasonOf(error))
    return
  }
  report.add('manifest_form', true)
  if (manifest.sm3) source.expect([...members.values()].reduce((sum, member) => sum + member.size, 0))
  const trusted = await readAnchors(source, members, report)
  const signer = await checkManifestSignature(raw, await content('manifest.p7s'), await content('manifest.tsr'), trusted, report)
  checkFiles(manifest, members, found, report)
  if (manifest.merkleRoot !== undefined) report.add('merkle_root', manifest.merkleRoot === merkleRootOf(manifest.listed), { root: manifest.merkleRoot })
  if (manifest.volume) {
    const names = manifest.elsewhere.map((one) => one.path).sort(byCodePoint)
    report.warn('other_volumes', { ...manifest.volume, names: names.slice(0, 20) })
  }
  if (manifest.damaged.length) report.warn('recordings_damaged', { names: [...manifest.damaged].sort(byCodePoint).slice(0, 20) })
  await checkSm3(source, members, manifest, report)
  const entries = await checkLedger(source, members, manifest.ledger, report)
  await checkRecordings(source, members, found, manifest, entries, report)
  await checkEntered(source, members, found, manifest, entries, report)
  await checkCited(source, members, entries, report)
  await checkAgreement(source, members, found, manifest, signer, trusted, report)
  if (trusted.unlisted.size) report.warn('revocation_unknown', { certificates: [...trusted.unlisted].sort(byCodePoint) })
}

async function hashMembers(source: Source, members: Members, report: Report): Promise<Hashes> {
  const found: Hashes = new Map()
  const damaged: string[] = []
  for (const member of members.values()) {
    const digest = hashing()
    let crc = 0
    for await (const piece of source.pieces(member.start, member.size)) {
      digest.update(piece)
      crc = crc32(piece, crc)
    }
    found.set(member.name, hex(digest.digest()))
    if (crc !== member.crc) damaged.push(member.name)
  }
  report.add('zip_checksums', damaged.length === 0, { damaged: damaged.slice(0, 20) })
  return found
}

/** A certificate or a list that cannot be read is a finding; what can be read serves. */
async function readAnchors(source: Source, members: Members, report: Report): Promise<Trusted> {
  const trusted = new Trusted()
  for (const [name, member] of members) {
    if (!name.startsWith('anchors/')) continue
    try {
      if (name.endsWith('.crt')) trusted.certificates.push(new Certificate(await source.content(member)))
      else if (name.endsWith('.crl')) trusted.lists.push(new RevocationList(await source.content(member)))
    } catch (error) {
      report.add('anchors', false, { name, ...reasonOf(error) })
    }
  }
  return trusted
}

function checkFiles(manifest: Manifest, members: Members, found: Hashes, report: Report): void {
  const listed = new Map(manifest.files.map((file) => [file.path, file]))
  const present = [...members.keys()].filter((name) => !MANIFEST_FILES.includes(name))
  const missing = [...listed.keys()].filter((name) => !members.has(name) || MANIFEST_FILES.includes(name))
  const unlisted = present.filter((name) => !listed.has(name))
  const differing = present.filter((name) => {
    const file = listed.get(name)
    return file && !(file.sha256 === found.get(name) && file.size === members.get(name)!.size)
  })
  const first = (names: string[]): string[] => names.sort(byCodePoint).slice(0, 20)
  const right = !missing.length && !unlisted.length && !differing.length && listed.size === manifest.files.length
  report.add('files_match_manifest', right, { missing: first(missing), unlisted: first(unlisted), differing: first(differing) })
}

async function checkAgreement(
  source: Source,
  members: Members,
  found: Hashes,
  manifest: Manifest,
  signer: Certificate | null,
  trusted: Trusted,
  report: Report,
): Promise<void> {
  const { agreement, profile } = manifest
  // What a court is asked to confirm: signed, or by word of mouth with its form.
  if (profile === 'court_success') report.add('agreement_enclosed', agreement !== null || members.has(ORAL_FORM), { profile })
  if (!agreement) return
  const member = members.get(String(agreement.path))
  const right = member !== undefined && found.get(member.name) === agreement.sha256
  if (!report.add('agreement_is_final', right, { sha256: agreement.sha256, ...(member ? {} : { reason: 'agreement_missing' }) })) return
  await checkPdf(await source.content(member!), manifest.signers, trusted, report)
  const platforms = manifest.signers.filter((item) => item.field === 'Platform').map((item) => item.certificate)
  // A certificate that was renewed since is another one of the same key.
  const renewed = signer !== null && report.platformKey !== null && same(signer.publicKey, report.platformKey)
  report.add('manifest_by_platform', platforms.length === 1 && signer !== null && (platforms[0] === signer.fingerprint || renewed))
}
