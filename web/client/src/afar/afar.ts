/** Characters of a statement, as the server takes. */
export const TEXT_LIMIT = 5000

/** For a request that may be sent again. */
export const newKey = (): string => crypto.randomUUID()

/** The first of a hash, which is enough to compare by eye. */
export const shortHash = (sha256: string): string => `${sha256.slice(0, 16)}…`
