// JSON merge patches (RFC 7396): the client's half of realtime/patch.py.
export type Doc = Record<string, unknown>

const isObject = (value: unknown): value is Doc => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A new document; unchanged branches are shared with the old one. */
export function applyPatch(doc: Doc, patch: Doc): Doc {
  const result: Doc = { ...doc }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else if (isObject(value)) result[key] = applyPatch(isObject(result[key]) ? (result[key] as Doc) : {}, value)
    else result[key] = value
  }
  return result
}
