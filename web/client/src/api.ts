// HTTP beside the websocket: sign-in, links, reports, files.
import { RefusedError } from '@/live/connection'
import { setTab, tab } from '@/session'

export interface Granted {
  as: string
  where: string
}

async function answer<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>
  if (!response.ok) {
    throw new RefusedError(String(body.code ?? 'server'), String(body.message ?? response.statusText), (body.detail ?? {}) as Record<string, unknown>, response.status >= 500)
  }
  return body as T
}

async function send(path: string, init: RequestInit = {}, as = tab()): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('X-Heyi-As', as)
  try {
    return await fetch(path, { ...init, headers })
  } catch {
    throw new RefusedError('offline', 'There is no connection at present', {}, true)
  }
}

const json = (method: string, body: unknown): RequestInit => ({ method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

/** `as`: another session than this tab's. */
export const get = async <T>(path: string, as?: string): Promise<T> => answer<T>(await send(path, {}, as))

export const post = async <T>(path: string, body: unknown, as?: string): Promise<T> => answer<T>(await send(path, json('POST', body), as))

export const remove = async <T = unknown>(path: string, as?: string, body?: unknown): Promise<T> =>
  answer<T>(await send(path, body === undefined ? { method: 'DELETE' } : json('DELETE', body), as))

/** A file that is asked for with more than an address says. */
export async function download(path: string, body: unknown, as?: string): Promise<Blob> {
  const response = await send(path, json('POST', body), as)
  return response.ok ? response.blob() : answer<Blob>(response)
}

export async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await send(path)
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : answer(response)
}

async function granted(path: string, body: unknown): Promise<Granted> {
  const grant = await post<Granted>(path, body)
  setTab(grant.as)
  return grant
}

export const signIn = (login: string, password: string, code = ''): Promise<Granted> => granted('/api/sign-in', { login, password, code })
/** The second factor, after the identity provider has said who it is. */
export const proveFactor = (code: string): Promise<Granted> => granted('/api/oidc/code', { code })
export const exchange = (token: string, takeOver: boolean, code = ''): Promise<Granted> => granted('/api/links/exchange', { token, take_over: takeOver, code })

/** The handle of the session in this browser that opens a page, where there is just one. */
export const sessionHere = async (page: string, of: string): Promise<string> => (await get<{ as: string }>(`/api/sessions/here?page=${page}&of=${encodeURIComponent(of)}`)).as

/** By the number of a case and an entry code, as a link is exchanged. */
export const enter = (number: string, code: string, takeOver: boolean): Promise<Granted> => granted('/api/enter', { number, code, take_over: takeOver })

export interface ReportAnswer extends Granted, Entered {}

/** Upload with progress, which fetch cannot tell. */
function upload<T>(path: string, body: FormData | Blob, headers: Record<string, string>, progress: (share: number) => void, more: { method?: string; signal?: AbortSignal; wait?: number } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(more.method ?? 'POST', path)
    request.timeout = more.wait ?? 0
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total)
    request.onerror = () => reject(new RefusedError('offline', 'There is no connection at present', {}, true))
    request.onabort = request.ontimeout = request.onerror
    more.signal?.addEventListener('abort', () => request.abort())
    request.onload = () => void answer<T>(new Response(request.responseText, { status: request.status })).then(resolve, reject)
    request.send(body)
  })
}

export interface Entered {
  case: string
  code: string
  url: string
}

function form(report: unknown, photos: Blob[]): FormData {
  const form = new FormData()
  form.set('report', JSON.stringify(report))
  photos.forEach((photo, n) => form.append('photos', photo, `photo-${n}.jpg`))
  return form
}

export async function sendReport(report: unknown, photos: Blob[], key: string, progress: (share: number) => void): Promise<ReportAnswer> {
  const result = await upload<ReportAnswer>('/api/reports', form(report, photos), { 'Idempotency-Key': key }, progress)
  setTab(result.as)
  return result
}

/** A case that staff enters. */
export const sendIntake = (report: unknown, photos: Blob[], key: string, progress: (share: number) => void): Promise<Entered> =>
  upload<Entered>('/api/intake', form(report, photos), { 'Idempotency-Key': key, 'X-Heyi-As': tab() }, progress)

export interface PaperAnswer {
  /** Pages that were found in the file. */
  taken: number[]
  /** Sheets of a scan that are none of the pages. */
  unread: { sheet: number; code: string }[]
}

/** A photograph or scan of a signed page, as it is: it is evidence. */
export const sendPaper = (caseId: string, file: Blob, key: string, progress: (share: number) => void): Promise<PaperAnswer> =>
  upload<PaperAnswer>(`/api/agreements/${caseId}/paper`, file, { 'Idempotency-Key': key, 'X-Heyi-As': tab() }, progress)

/** One photograph beside a receipt of what was performed. */
export const sendReceiptPhoto = (caseId: string, obligation: string, receipt: string, file: Blob, key: string): Promise<{ photo: string }> =>
  upload<{ photo: string }>(`/api/cases/${caseId}/receipts/${obligation}/${receipt}/photo`, file, { 'Idempotency-Key': key, 'X-Heyi-As': tab() }, () => undefined)

/** One photograph more for the own report. */
export const sendMaterial = (caseId: string, file: Blob, key: string, progress: (share: number) => void): Promise<{ photo: string }> =>
  upload<{ photo: string }>(`/api/cases/${caseId}/photos`, file, { 'Idempotency-Key': key, 'X-Heyi-As': tab() }, progress)

/** A statement from afar; sent again under its key it is the same one. `recording`: the upload of what was recorded with it. */
export const sendStatement = async (caseId: string, said: { text: string; shared: boolean; recording: string }, key: string): Promise<{ sha256: string; number: number }> =>
  answer(await send(`/api/cases/${caseId}/statement`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key }, body: JSON.stringify(said) }))

/** How far a recording has come, and what was found in it once it was looked into. */
export interface UploadState {
  upload: string
  offset: number
  piece?: number
  ms?: number
}
export interface RecordingDoor {
  begin: (size: number) => Promise<UploadState>
  state: (upload: string) => Promise<UploadState>
  piece: (upload: string, offset: number, data: Blob, progress: (share: number) => void, signal: AbortSignal) => Promise<UploadState>
  finish: (upload: string) => Promise<UploadState>
  drop: (upload: string) => Promise<void>
}
const recordings = (caseId: string): string => `/api/cases/${caseId}/statement/recordings`
/** Longer than a piece takes on the slowest line that a video makes sense on, ms. */
const PIECE_WAIT = 180_000
export const recordingDoor = (caseId: string): RecordingDoor => ({
  begin: (size) => post<UploadState>(recordings(caseId), { size }),
  state: (upload) => get<UploadState>(`${recordings(caseId)}/${upload}`),
  piece: (name, offset, data, progress, signal) => upload<UploadState>(`${recordings(caseId)}/${name}?offset=${offset}`, data, { 'X-Heyi-As': tab() }, progress, { method: 'PUT', signal, wait: PIECE_WAIT }),
  finish: (upload) => post<UploadState>(`${recordings(caseId)}/${upload}/finish`, {}),
  drop: async (upload) => void (await remove(`${recordings(caseId)}/${upload}`)),
})

/** What a token is about. */
export interface RatedMediation {
  number: string
  until: string
  mediator?: string
  committee?: string
}
export const readRating = (token: string): Promise<RatedMediation> => post<RatedMediation>('/api/ratings/read', { token })

/** Sent again under its key it is the same rating; under another one the token is used up. */
export const sendRating = async (rating: { token: string; score: number; marks: string[]; words: string }, key: string): Promise<void> => {
  await answer<unknown>(await send('/api/ratings', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key }, body: JSON.stringify(rating) }))
}

/** Address of a file that only this session may see. */
export const fileUrl = (path: string): string => `${path}${path.includes('?') ? '&' : '?'}as=${encodeURIComponent(tab())}`
