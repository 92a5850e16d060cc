// The manifest: what a bundle holds, who signed, where the ledger ends. Its form, its signature and its timestamp.
import type { Certificate } from './certificate'
import { checkTimestamp, isoOf, rootOf, type Trusted } from './chain'
import { Cms, DATA } from './cms'
import { digestOf, hex, joined, sha256Hex } from './hashing'
import { arrayOf, canonicalJson, objectOf, strictJson, textOf, withKeys, type Json, type JsonObject } from './json'
import { roleOf } from './pdf'
import { Broken, reasonOf, type Report } from './report'
import type { Expected } from './agreement'

const FORMAT = 'heyi-evidence/1'
const PROFILES = ['full', 'court_success', 'court_failure', 'party', 'caucus']
const WITH_SM3 = ['sha256', 'sm3']
const MORE = ['profile', 'hashes', 'merkle_root', 'volume', 'elsewhere', 'damaged']
const KEYS = ['format', 'case', 'created_at', 'agreement', 'signers', 'ledger', 'recordings', 'caucus', 'files']

export interface Manifest {
  files: { path: string; sha256: string; size: Json; sm3: string }[]
  signers: Expected[]
  agreement: { path: Json; sha256: Json } | null
  ledger: JsonObject
  recordings: Json[]
  profile: string
  /** Whether SM3 is listed beside SHA-256. */
  sm3: boolean
  case: Json
  merkleRoot: Json | undefined
  /** As the manifest has them, whose root that is. */
  listed: Json[]
  damaged: string[]
  volume: { number: number; of: number } | null
  /** Recordings in the other volumes. */
  elsewhere: { path: string; sha256: string; size: number }[]
}

const [LEAF, NODE] = [Uint8Array.of(0), Uint8Array.of(1)]

const HASH = /^[0-9a-f]{64}$/

export const sameTexts = (value: Json | undefined, texts: string[]): boolean =>
  Array.isArray(value) && value.length === texts.length && texts.every((text, n) => value[n] === text)

/** What a manifest or an entry lists where it says nothing of it. */
export const hashesOf = (manifest: Manifest): string[] => (manifest.sm3 ? WITH_SM3 : ['sha256'])

/** Throws for what is not exactly of this form. */
export function readManifest(raw: Uint8Array): Manifest {
  const value = strictJson(raw)
  // Bundles of earlier versions were all made whole, and said nothing of it.
  const there = value !== null && typeof value === 'object' && !Array.isArray(value) ? MORE.filter((key) => key in value) : []
  const found = withKeys(value, ...KEYS, ...there)
  if (!found || found.format !== FORMAT) throw new Broken('manifest_keys')
  const profile = textOf(found.profile ?? 'full')
  if (!PROFILES.includes(profile) || found.profile === null) throw new Broken('manifest_profile')
  const sm3 = found.hashes !== undefined
  if (sm3 && !sameTexts(found.hashes, WITH_SM3)) throw new Broken('manifest_hashes')
  const files = arrayOf(found.files).map((item) => {
    const file = sm3 ? withKeys(item, 'path', 'sha256', 'size', 'sm3') : withKeys(item, 'path', 'sha256', 'size')
    if (!file || ![file.sha256, ...(sm3 ? [file.sm3] : [])].every((digest) => HASH.test(textOf(digest)))) throw new Broken('manifest_files')
    return { path: textOf(file.path), sha256: textOf(file.sha256), size: file.size, sm3: sm3 ? textOf(file.sm3) : '' }
  })
  const signers = arrayOf(found.signers).map((item) => {
    const signer = withKeys(item, 'field', 'name', 'role', 'certificate')
    if (!signer || signer.role !== roleOf(textOf(signer.field))) throw new Broken('manifest_signers')
    return { field: textOf(signer.field), name: textOf(signer.name), certificate: textOf(signer.certificate) }
  })
  const agreement = found.agreement === null ? null : withKeys(found.agreement, 'path', 'sha256', 'content_sha256')
  if (found.agreement !== null && !agreement) throw new Broken('manifest_agreement')
  const volume = volumeOf(found)
  const ledger = withKeys(found.ledger, 'path', 'chain', 'entries', 'head')
  if (!ledger || !Array.isArray(found.recordings)) throw new Broken('manifest_ledger')
  return {
    files,
    signers,
    agreement: agreement && { path: agreement.path, sha256: agreement.sha256 },
    ledger: objectOf(ledger),
    recordings: found.recordings,
    profile,
    sm3,
    case: found.case,
    merkleRoot: found.merkle_root,
    listed: arrayOf(found.files),
    damaged: damagedOf(found),
    ...volume,
  }
}

/** Of a bundle in several volumes. */
function volumeOf(found: JsonObject): Pick<Manifest, 'volume' | 'elsewhere'> {
  if (('volume' in found) !== ('elsewhere' in found)) throw new Broken('manifest_volume')
  if (!('volume' in found)) return { volume: null, elsewhere: [] }
  const volume = withKeys(found.volume, 'number', 'of')
  if (!volume) throw new Broken('manifest_volume')
  const [number, of] = [countOf(volume.number), countOf(volume.of)]
  if (!(number >= 1 && number <= of)) throw new Broken('manifest_volume')
  const elsewhere = arrayOf(found.elsewhere).map((item) => {
    const one = withKeys(item, 'path', 'sha256', 'size')
    if (!one || !textOf(one.path).startsWith('recordings/')) throw new Broken('manifest_volume')
    return { path: textOf(one.path), sha256: textOf(one.sha256), size: countOf(one.size) }
  })
  return { volume: { number, of }, elsewhere }
}

/** Pieces of the recording that are damaged, by their names. */
function damagedOf(found: JsonObject): string[] {
  return arrayOf(found.damaged ?? []).map((item) => {
    const one = withKeys(item, 'track', 'segment', 'at')
    if (!one || !Object.values(one).every((text) => typeof text === 'string')) throw new Broken('manifest_damaged')
    return textOf(one.segment)
  })
}

/** Whole numbers as both programs can hold them. */
export function countOf(value: Json | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Broken('payload_shape')
  return value
}

/** RFC 6962, section 2.1, over what the manifest lists of its files, in that order. */
export function merkleRootOf(listed: Json[]): string {
  let level = listed.map((item) => digestOf('sha256', joined([LEAF, canonicalJson(item)])))
  if (!level.length) return sha256Hex(new Uint8Array())
  while (level.length > 1) {
    const next: Uint8Array[] = []
    // A last one without a partner goes up as it is: the same tree as by splitting at the largest power of two.
    for (let n = 0; n < level.length; n += 2) next.push(n + 1 < level.length ? digestOf('sha256', joined([NODE, level[n]!, level[n + 1]!])) : level[n]!)
    level = next
  }
  return hex(level[0]!)
}

/** The certificate of whoever signed the manifest; null when that does not hold. */
export async function checkManifestSignature(manifest: Uint8Array, p7s: Uint8Array, token: Uint8Array, trusted: Trusted, report: Report): Promise<Certificate | null> {
  try {
    const stamp = await checkTimestamp(token, (name) => digestOf(name, p7s), trusted)
    const cms = new Cms(p7s)
    if (cms.contentType !== DATA || cms.content !== null || cms.unsigned.size) throw new Broken('cms_not_detached')
    await cms.demandSignature(digestOf(cms.hashName, manifest))
    const root = await rootOf(cms, stamp.at, trusted)
    report.addRoot(stamp.root.fingerprint)
    report.addRoot(root.fingerprint)
    report.add('manifest_signature', true, { name: cms.certificate.commonName, at: isoOf(stamp.at) })
    return cms.certificate
  } catch (error) {
    report.add('manifest_signature', false, reasonOf(error))
    return null
  }
}
