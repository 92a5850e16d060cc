// CMS SignedData (RFC 5652) with exactly one signer, read strictly.
import { AlgorithmIdentifier } from 'pkijs'
import { Certificate, signatureHolds } from './certificate'
import { CONTEXT_0, CONTEXT_1, INTEGER, Node, OCTETS, OID, SEQUENCE, SET, algorithm, number, oid, same } from './der'
import { DIGESTS, WEB_NAMES, digestOf, type HashName } from './hashing'
import { Broken } from './report'

const SIGNED_DATA = '1.2.840.113549.1.7.2'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'
export const DATA = '1.2.840.113549.1.7.1'
export const TST_INFO = '1.2.840.113549.1.9.16.1.4'
export const SIGNATURE_TIMESTAMP = '1.2.840.113549.1.9.16.2.14'

const ECDSA: Record<string, HashName> = { '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512' }
const RSA: Record<string, HashName | null> = {
  '1.2.840.113549.1.1.1': null,
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
}

type Attributes = Map<string, Node[]>

export class Cms {
  readonly contentType: string
  readonly content: Uint8Array | null
  readonly certificates: Certificate[]
  readonly certificate: Certificate
  readonly signature: Uint8Array
  readonly unsigned: Attributes
  readonly hashName: HashName
  private readonly signed: Attributes
  private readonly signedBytes: Uint8Array
  private readonly algorithm: string

  constructor(data: Uint8Array) {
    const [kind, wrapped] = Node.of(data).want(SEQUENCE).parts(2)
    if (oid(kind.want(OID).body) !== SIGNED_DATA) throw new Broken('not_signed_data')
    const [version, digests, encapsulated, ...rest] = Node.of(wrapped.want(CONTEXT_0).body).want(SEQUENCE).children()
    const inner = encapsulated.want(SEQUENCE).children()
    this.contentType = oid(inner[0].want(OID).body)
    this.content = inner.length === 2 ? Node.of(inner[1].want(CONTEXT_0).body).want(OCTETS).body : null
    if (inner.length > 2 || !version.is(0x02, 0x01, this.contentType === DATA ? 1 : 3)) throw new Broken('cms_malformed')
    if (rest.length !== 2) throw new Broken('cms_without_certificates')
    this.certificates = rest[0].want(CONTEXT_0).children().map((node) => new Certificate(node.want(SEQUENCE).raw))
    const signers = rest[1].want(SET).children()
    if (signers.length !== 1) throw new Broken('cms_not_one_signer', { signers: signers.length })

    const parts = signers[0].want(SEQUENCE).children()
    if ((parts.length !== 6 && parts.length !== 7) || !parts[0].is(0x02, 0x01, 0x01)) throw new Broken('cms_malformed')
    const digest = algorithm(parts[2])
    const hashName = DIGESTS[digest]
    if (!hashName) throw new Broken('digest_not_allowed', { oid: digest })
    this.hashName = hashName
    this.certificate = this.named(parts[1])
    this.signed = attributes(parts[3].want(CONTEXT_0))
    // They are signed as the SET that they are, and sent under another tag.
    this.signedBytes = Uint8Array.from(parts[3].raw)
    this.signedBytes[0] = SET
    this.algorithm = algorithm(parts[4])
    this.signature = parts[5].want(OCTETS).body
    this.unsigned = parts.length === 7 ? attributes(parts[6].want(CONTEXT_1)) : new Map()
    const declared = digests.want(SET).children().map(algorithm)
    if (declared.length !== 1 || declared[0] !== digest) throw new Broken('cms_malformed')
  }

  /** Throws `Broken` unless the signature holds over content with this digest (made with `hashName`). */
  async demandSignature(digest: Uint8Array): Promise<void> {
    const [contentType, message] = [this.one(CONTENT_TYPE), this.one(MESSAGE_DIGEST)]
    if (oid(contentType.want(OID).body) !== this.contentType) throw new Broken('cms_content_type')
    if (!same(message.want(OCTETS).body, digest)) throw new Broken('digest_differs')
    this.demandOwnCertificate()
    const { key, keyKind } = this.certificate
    const rsa = RSA[this.algorithm]
    if (!(keyKind === 'ec' && ECDSA[this.algorithm] === this.hashName) && !(keyKind === 'rsa' && (rsa === null || rsa === this.hashName)))
      throw new Broken('algorithm_not_allowed', { oid: this.algorithm })
    const named = new AlgorithmIdentifier({ algorithmId: this.algorithm })
    if (!(await signatureHolds(this.signedBytes, this.signature, key, named, WEB_NAMES[this.hashName]))) throw new Broken('signature_invalid')
  }

  private named(signer: Node): Certificate {
    const [issuer, serial] = signer.want(SEQUENCE).parts(2)
    const wanted = number(serial.want(INTEGER).body)
    const found = this.certificates.filter((one) => one.serial === wanted && same(one.issuer, issuer.raw))
    if (found.length !== 1) throw new Broken('signer_certificate_missing')
    return found[0]
  }

  private one(name: string): Node {
    const values = this.signed.get(name) ?? []
    if (values.length !== 1) throw new Broken('cms_attribute_missing', { oid: name })
    return values[0]
  }

  /** ESS signing-certificate-v2 (RFC 5035): the signature names the hash of its own certificate. */
  private demandOwnCertificate(): void {
    const first = this.one(SIGNING_CERTIFICATE_V2).want(SEQUENCE).children()[0].want(SEQUENCE).children()[0]
    const parts = first.want(SEQUENCE).children()
    const name = parts[0].tag === SEQUENCE ? DIGESTS[algorithm(parts.shift()!)] : 'sha256'
    if (!name) throw new Broken('digest_not_allowed')
    if (!same(digestOf(name, this.certificate.der), parts[0].want(OCTETS).body)) throw new Broken('other_certificate')
  }
}

function attributes(node: Node): Attributes {
  const found: Attributes = new Map()
  for (const attribute of node.children()) {
    const [name, values] = attribute.want(SEQUENCE).parts(2)
    const key = oid(name.want(OID).body)
    if (found.has(key)) throw new Broken('cms_attribute_repeated', { oid: key })
    found.set(key, values.want(SET).children())
  }
  return found
}
