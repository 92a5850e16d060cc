// The manifest: what a bundle holds, who signed, where the ledger ends. Its form, its signature and its timestamp.
import type { Certificate } from './certificate'
import { checkTimestamp, isoOf, rootOf, type Trusted } from './chain'
import { Cms, DATA } from './cms'
import { digestOf } from './hashing'
import { arrayOf, objectOf, strictJson, textOf, withKeys, type Json, type JsonObject } from './json'
import { roleOf } from './pdf'
import { Broken, reasonOf, type Report } from './report'
import type { Expected } from './agreement'

const FORMAT = 'heyi-evidence/1'
const PROFILES = ['full', 'court_success', 'court_failure', 'party', 'caucus']
const WITH_SM3 = ['sha256', 'sm3']
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
}

const HASH = /^[0-9a-f]{64}$/

export const sameTexts = (value: Json | undefined, texts: string[]): boolean =>
  Array.isArray(value) && value.length === texts.length && texts.every((text, n) => value[n] === text)

/** What a manifest or an entry lists where it says nothing of it. */
export const hashesOf = (manifest: Manifest): string[] => (manifest.sm3 ? WITH_SM3 : ['sha256'])

/** Throws for what is not exactly of this form. */
export function readManifest(raw: Uint8Array): Manifest {
  const value = strictJson(raw)
  // Bundles of earlier versions were all made whole, and said nothing of it.
  const found = [[], ['profile'], ['hashes'], ['profile', 'hashes']].map((more) => withKeys(value, ...KEYS, ...more)).find((one) => one !== null)
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
  }
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
