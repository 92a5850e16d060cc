// Certificates and revocation lists. PKI.js reads them and converts signatures for WebCrypto, which verifies; the strict reading before it is ours.
import { BasicConstraints, Certificate as Parsed, CertificateRevocationList, ExtKeyUsage, getCrypto, type AlgorithmIdentifier, type PublicKeyInfo } from 'pkijs'
import { OctetString } from 'asn1js'
import { BITS, CONTEXT_0, INTEGER, Node, SEQUENCE, SET, UTF8, demandDistinguished, number, same } from './der'
import { sha256Hex } from './hashing'
import { Broken } from './report'

const EC_KEY = '1.2.840.10045.2.1'
const RSA_KEY = '1.2.840.113549.1.1.1'
const BASIC_CONSTRAINTS = '2.5.29.19'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const [COMMON_NAME, NAME] = ['2.5.4.3', '2.5.4.41']

/** WebCrypto verifies signatures. Pages that came over plain HTTP from another machine do not have it. */
export const canVerify = (): boolean => typeof globalThis.crypto?.subtle?.verify === 'function'

/** The three parts of what an authority signs: the signed part, the algorithm, the signature. */
class Signed {
  readonly body: Node
  readonly algorithm: Node
  readonly signature: Uint8Array

  constructor(der: Uint8Array) {
    const whole = Node.of(der).want(SEQUENCE)
    demandDistinguished(whole)
    const [body, algorithm, signature] = whole.parts(3)
    // Unused bits of the signature's string would be covered by nothing.
    if (signature.want(BITS).body[0] !== 0) throw new Broken('certificate_malformed')
    this.body = body.want(SEQUENCE)
    this.algorithm = algorithm
    this.signature = signature.body.subarray(1)
  }

  async holds(inner: Node, named: AlgorithmIdentifier, key: PublicKeyInfo): Promise<boolean> {
    return same(inner.raw, this.algorithm.raw) && (await signatureHolds(this.body.raw, this.signature, key, named))
  }
}

/** A certificate in its one spelling. */
export class Certificate {
  readonly fingerprint: string
  readonly serial: bigint
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  private readonly signed: Signed
  private readonly inner: Node
  private readonly parsed: Parsed

  constructor(readonly der: Uint8Array) {
    try {
      this.signed = new Signed(der)
      const fields = this.signed.body.children()
      if (fields[0].tag === CONTEXT_0) fields.shift()
      this.serial = number(fields[0].want(INTEGER).body, true)
      this.inner = fields[1]
      this.issuer = fields[2].raw
      this.subject = fields[4].raw
      this.publicKey = fields[5].raw
      this.parsed = Parsed.fromBER(own(der))
      if (this.parsed.version > 2) throw new Broken('certificate_malformed')
    } catch (error) {
      if (error instanceof Broken) throw error
      throw new Broken('certificate_malformed', { reason: String(error).slice(0, 200) })
    }
    this.fingerprint = sha256Hex(der)
  }

  /** The subject's name: X.520 `name` where the common name had to be cut, else the common name. */
  get commonName(): string {
    const all = this.parsed.subject.typesAndValues
    const found = all.find((item) => item.type === NAME) ?? all.find((item) => item.type === COMMON_NAME)
    return found ? String(found.value.valueBlock.value) : ''
  }

  get key(): PublicKeyInfo {
    return this.parsed.subjectPublicKeyInfo
  }

  get keyKind(): 'ec' | 'rsa' | 'other' {
    const kind = this.key.algorithm.algorithmId
    return kind === EC_KEY ? 'ec' : kind === RSA_KEY ? 'rsa' : 'other'
  }

  validAt(at: Date): boolean {
    return this.parsed.notBefore.value <= at && at <= this.parsed.notAfter.value
  }

  get ends(): Date {
    return this.parsed.notAfter.value
  }

  get isAuthority(): boolean {
    return (this.extension(BASIC_CONSTRAINTS) as BasicConstraints).cA
  }

  get usages(): string[] {
    return (this.extension(EXTENDED_KEY_USAGE) as ExtKeyUsage).keyPurposes
  }

  async issuedBy(issuer: Certificate): Promise<boolean> {
    return same(this.issuer, issuer.subject) && (await this.signed.holds(this.inner, this.parsed.signatureAlgorithm, issuer.key))
  }

  /** What an extension says; it has to be there, once, and legible. */
  private extension(id: string): unknown {
    const all = this.parsed.extensions ?? []
    if (new Set(all.map((item) => item.extnID)).size !== all.length) throw new Broken('certificate_malformed')
    const found = all.find((item) => item.extnID === id)
    if (!found) throw new Broken('extension_missing', { oid: id })
    demandDistinguished(Node.of(found.extnValue.valueBlock.valueHexView))
    const value: unknown = found.parsedValue
    if (!(value instanceof BasicConstraints) && !(value instanceof ExtKeyUsage)) throw new Broken('certificate_malformed')
    return value
  }
}

export class RevocationList {
  private readonly signed: Signed
  private readonly inner: Node
  private readonly issuer: Node
  private readonly parsed: CertificateRevocationList
  private readonly revoked: Map<bigint, Date>

  constructor(der: Uint8Array) {
    this.signed = new Signed(der)
    const fields = this.signed.body.children()
    if (fields[0].tag === INTEGER) fields.shift()
    this.inner = fields[0]
    if (!same(this.inner.raw, this.signed.algorithm.raw)) throw new Broken('list_malformed')
    this.issuer = fields[1].want(SEQUENCE)
    this.parsed = CertificateRevocationList.fromBER(own(der))
    const entries = this.parsed.revokedCertificates ?? []
    this.revoked = new Map(entries.map((entry) => [number(entry.userCertificate.valueBlock.valueHexView, true), entry.revocationDate.value]))
  }

  /** Throws `Broken` for a list whose issuer has no legible name: it may have been the one that was looked for. */
  async isOf(issuer: Certificate): Promise<boolean> {
    demandText(this.issuer)
    return same(this.issuer.raw, issuer.subject) && (await this.signed.holds(this.inner, this.parsed.signature, issuer.key))
  }

  revokes(certificate: Certificate, at: Date): boolean {
    const since = this.revoked.get(certificate.serial)
    return since !== undefined && since <= at
  }
}

/** Whether a signature over `data` holds. `hash` where the algorithm does not tell it. False as well for what the browser cannot verify. */
export async function signatureHolds(data: Uint8Array, signature: Uint8Array, key: PublicKeyInfo, named: AlgorithmIdentifier, hash?: string): Promise<boolean> {
  try {
    // Of an elliptic curve's signature there is one spelling, which the library does not insist on.
    if (key.algorithm.algorithmId === EC_KEY) demandPair(Node.of(signature))
    return await getCrypto(true).verifyWithPublicKey(own(data), new OctetString({ valueHex: own(signature) }), key, named, hash)
  } catch {
    return false
  }
}

function demandText(node: Node): void {
  if (node.tag === SEQUENCE || node.tag === SET) node.children().forEach(demandText)
  else if (node.tag === UTF8) new TextDecoder('utf-8', { fatal: true }).decode(node.body)
}

function demandPair(node: Node): void {
  demandDistinguished(node.want(SEQUENCE))
  for (const half of node.parts(2)) if (half.want(INTEGER).body[0] >= 0x80) throw new Broken('signature_malformed')
}

/** A copy in a buffer of its own: the library takes a view's whole buffer. */
const own = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer
