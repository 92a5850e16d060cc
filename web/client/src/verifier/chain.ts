// From a signer's certificate to its root, at a trusted time; and that time, from a timestamp (RFC 3161).
import type { Certificate, RevocationList } from './certificate'
import { Cms, TST_INFO } from './cms'
import { GENERALIZED_TIME, Node, OCTETS, SEQUENCE, algorithm, same } from './der'
import { DIGESTS, digestOf, type HashName } from './hashing'
import { Broken } from './report'

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const LONGEST = 8

/** What leads from a certificate to its root: certificates of the bundle and revocation lists; and whose revocation nothing tells. */
export class Trusted {
  readonly certificates: Certificate[] = []
  readonly lists: RevocationList[] = []
  readonly unlisted = new Set<string>()
}

/** Makes the hash of what is said to be stamped, under the name that the token asks for. */
export type Stamped = (name: HashName) => Uint8Array | Promise<Uint8Array>

/** The trusted time of a token, and its root. */
export async function checkTimestamp(token: Uint8Array, stamped: Stamped, trusted: Trusted): Promise<{ at: Date; root: Certificate }> {
  const cms = new Cms(token)
  if (cms.contentType !== TST_INFO || cms.content === null) throw new Broken('not_a_timestamp')
  await cms.demandSignature(digestOf(cms.hashName, cms.content))
  const parts = Node.of(cms.content).want(SEQUENCE).children()
  if (!parts[0].is(0x02, 0x01, 0x01)) throw new Broken('timestamp_malformed')
  const [kind, imprint] = parts[2].want(SEQUENCE).parts(2)
  const name = DIGESTS[algorithm(kind)]
  if (!name || !same(imprint.want(OCTETS).body, await stamped(name))) throw new Broken('timestamp_of_something_else')
  const at = moment(parts[4].want(GENERALIZED_TIME).body)
  if (!cms.certificate.usages.includes(TIME_STAMPING)) throw new Broken('not_a_timestamp_certificate')
  return { at, root: await rootOf(cms, at, trusted) }
}

function moment(body: Uint8Array): Date {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(String.fromCharCode(...body))
  if (!found) throw new Broken('timestamp_malformed')
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number)
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  // The thirty-first of February is no time.
  if (isoOf(at).replace(/\D/g, '').slice(0, 14) !== found.slice(1).join('')) throw new Broken('timestamp_malformed')
  return at
}

export const isoOf = (at: Date): string => `${at.toISOString().slice(0, 19)}+00:00`

/** Follow the signer's certificate to its root, all valid at `at`; every certificate that was sent along must be used. */
export async function rootOf(cms: Cms, at: Date, trusted: Trusted): Promise<Certificate> {
  const pool = new Map([...cms.certificates, ...trusted.certificates].map((certificate) => [certificate.fingerprint, certificate]))
  const used = new Set([cms.certificate.fingerprint])
  let current = cms.certificate
  for (let step = 0; step < LONGEST; step++) {
    if (!current.validAt(at)) throw new Broken('certificate_not_valid_then', { certificate: current.commonName, at: isoOf(at) })
    const issuer = await issuerOf(current, pool.values())
    if (!issuer) throw new Broken('chain_incomplete', { certificate: current.commonName })
    if (issuer.fingerprint === current.fingerprint) {
      if (cms.certificates.some((certificate) => !used.has(certificate.fingerprint))) throw new Broken('stray_certificate')
      return current
    }
    if (!issuer.isAuthority) throw new Broken('issuer_is_no_authority', { certificate: issuer.commonName })
    await demandNotRevoked(current, issuer, at, trusted)
    current = issuer
    used.add(issuer.fingerprint)
  }
  throw new Broken('chain_too_long')
}

async function issuerOf(certificate: Certificate, pool: Iterable<Certificate>): Promise<Certificate | null> {
  for (const candidate of pool) if (await certificate.issuedBy(candidate)) return candidate
  return null
}

async function demandNotRevoked(certificate: Certificate, issuer: Certificate, at: Date, trusted: Trusted): Promise<void> {
  let listed = false
  for (const list of trusted.lists) {
    if (!(await list.isOf(issuer))) continue
    listed = true
    if (list.revokes(certificate, at)) throw new Broken('certificate_revoked', { certificate: certificate.commonName })
  }
  if (!listed) trusted.unlisted.add(certificate.commonName)
}
