// What holds and what does not: the same codes, statuses and verdicts as evidence/verifier.py, which is the reference.

export type Status = 'ok' | 'warn' | 'fail'
export type Detail = Record<string, unknown>

/** One rule: a stable code, its status, and what was found. */
export interface Check {
  code: string
  status: Status
  detail: Detail
}

export interface Signer {
  field: string
  name: string
  at: string
  certificate: string
  role: string
}

/** Something does not hold; `code` is stable. */
export class Broken extends Error {
  constructor(
    readonly code: string,
    readonly detail: Detail = {},
  ) {
    super(code)
  }
}

/** The check was called off. */
export class Cancelled extends Error {}

/** The file could not be read, which says nothing about what is in it. */
export class Unreadable extends Error {}

/** `anchored` is true when every root is the given anchor, null when none was given. */
export class Report {
  readonly checks: Check[] = []
  readonly signers: Signer[] = []
  readonly roots: string[] = []
  anchored: boolean | null = null
  /** Of who certified the agreement. */
  platformKey: Uint8Array | null = null

  constructor(readonly kind: 'agreement' | 'bundle' | 'unknown') {}

  /** The same findings, to which others can be added. */
  copy(): Report {
    const twin = new Report(this.kind)
    twin.checks.push(...this.checks)
    twin.signers.push(...this.signers)
    twin.roots.push(...this.roots)
    return twin
  }

  add(code: string, holds: boolean, detail: Detail = {}): boolean {
    this.checks.push({ code, status: holds ? 'ok' : 'fail', detail })
    return holds
  }

  warn(code: string, detail: Detail = {}): void {
    this.checks.push({ code, status: 'warn', detail })
  }

  addRoot(fingerprint: string): void {
    if (!this.roots.includes(fingerprint)) this.roots.push(fingerprint)
  }

  get ok(): boolean {
    return this.checks.length > 0 && this.checks.every((check) => check.status !== 'fail')
  }

  get verdict(): string {
    if (!this.ok) return '不成立'
    return this.anchored ? '成立，出处已核' : '内部一致，出处未核'
  }

  /** As `verify.py --json` prints it. */
  plain(): Detail {
    const checks = this.checks.map(({ code, status, detail }) => ({ code, status, ...detail }))
    return { kind: this.kind, verdict: this.verdict, ok: this.ok, signers: this.signers, roots: this.roots, checks }
  }
}

/** Why something does not hold. What is damaged makes parsers throw in many ways, and all of them mean the same; what stops the check is thrown on. */
export function reasonOf(error: unknown): Detail {
  if (error instanceof Cancelled || error instanceof Unreadable) throw error
  if (error instanceof Broken) return { reason: error.code, ...error.detail }
  return { reason: 'malformed', message: String(error instanceof Error ? error.message : error).slice(0, 200) }
}
