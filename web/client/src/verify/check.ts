// A file sent to be checked, and what the server found. Nothing of it is kept.
import { RefusedError } from '@/live/connection'

export type State = 'ok' | 'warn' | 'fail'

export interface Found {
  code: string
  ok: State
  detail: Record<string, unknown>
}

export interface Verdict {
  verdict: 'holds' | 'broken' | 'unanchored'
  checks: Found[]
  facts: Record<string, unknown>
}

export function check(file: File, progress: (share: number) => void): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/verify')
    request.responseType = 'json'
    request.upload.onprogress = (event) => event.lengthComputable && progress(Math.round((100 * event.loaded) / event.total))
    request.onerror = () => reject(new RefusedError('offline', '', {}, true))
    request.onload = () => {
      const body = (request.response ?? {}) as Partial<Verdict> & { code?: string; message?: string; detail?: Record<string, unknown> }
      if (request.status !== 200 || !body.verdict || !Array.isArray(body.checks)) reject(new RefusedError(body.code ?? 'server', body.message ?? '', body.detail ?? {}))
      else resolve({ verdict: body.verdict, checks: body.checks.map((found) => ({ ...found, detail: found.detail ?? {} })), facts: body.facts ?? {} })
    }
    request.send(file)
  })
}

/** The files or names that a check found wrong, the first few of them. */
export const listed = (detail: Record<string, unknown>): string[] => Object.values(detail).filter(Array.isArray).flat().slice(0, 3).map(String)

/** What a check found, as plain words, where the catalogue has no sentence for it. */
export function plain(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== '' && value !== 0 && value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `${key.replace(/_/g, ' ')}: ${Array.isArray(value) ? value.slice(0, 3).join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('; ')
}

export const inFours = (hex: string): string => hex.replace(/[^0-9a-fA-F]/g, '').replace(/(.{4})(?=.)/g, '$1 ')
