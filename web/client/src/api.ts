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

const offline = (): RefusedError => new RefusedError('offline', 'There is no connection at present', {}, true)

async function send(path: string, init: RequestInit = {}, as = tab()): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('X-Heyi-As', as)
  try {
    return await fetch(path, { ...init, headers })
  } catch {
    throw offline()
  }
}

interface Patience {
  /** Whoever asked gives it up. */
  signal?: AbortSignal
  /** After so long without the whole answer the line counts as cut, ms. */
  wait?: number
}

async function ask<T>(path: string, init: RequestInit, as?: string, { signal, wait }: Patience = {}): Promise<T> {
  const stop = new AbortController()
  const end = (): void => stop.abort()
  if (signal?.aborted) end()
  signal?.addEventListener('abort', end)
  const timer = wait && setTimeout(end, wait)
  try {
    const result = await answer<T>(await send(path, { ...init, signal: stop.signal }, as))
    // An answer that broke off reads as an empty one.
    if (stop.signal.aborted) throw offline()
    return result
  } finally {
    if (timer) clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

const json = (method: string, body: unknown): RequestInit => ({ method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

/** `as`: another session than this tab's. */
export const get = <T>(path: string, as?: string, patience?: Patience): Promise<T> => ask<T>(path, {}, as, patience)

export const post = <T>(path: string, body: unknown, as?: string, patience?: Patience): Promise<T> => ask<T>(path, json('POST', body), as, patience)

export const remove = <T = unknown>(path: string, as?: string, body?: unknown, patience?: Patience): Promise<T> =>
  ask<T>(path, body === undefined ? { method: 'DELETE' } : json('DELETE', body), as, patience)

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

/** A page waits for it before it shows anything, ms. */
const HERE_WAIT = 2000
/** The handle of the session in this browser that opens a page, where there is just one. */
export const sessionHere = async (page: string, of: string): Promise<string> =>
  (await get<{ as: string }>(`/api/sessions/here?page=${page}&of=${encodeURIComponent(of)}`, undefined, { wait: HERE_WAIT })).as

/** By the number of a case and an entry code, as a link is exchanged. */
export const enter = (number: string, code: string, takeOver: boolean): Promise<Granted> => granted('/api/enter', { number, code, take_over: takeOver })

export interface ReportAnswer extends Granted, Entered {}

/** A line on which nothing of an upload moves for so long counts as cut, ms. Much longer than a picture waits in a phone's buffer on a slow one. */
const STILL = 60_000

/** Upload with progress, which fetch cannot tell. `wait`: for the whole; `still`: while nothing of it moves. */
function upload<T>(path: string, body: FormData | Blob, headers: Record<string, string>, progress: (share: number) => void, more: { method?: string; signal?: AbortSignal; wait?: number; still?: number } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const stop = (): void => request.abort()
    let timer: ReturnType<typeof setTimeout> | undefined
    const moves = (): void => {
      clearTimeout(timer)
      timer = more.still ? setTimeout(stop, more.still) : undefined
    }
    request.open(more.method ?? 'POST', path)
    request.timeout = more.wait ?? 0
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => {
      moves()
      if (event.lengthComputable) progress(event.loaded / event.total)
    }
    request.onprogress = moves
    request.onerror = () => reject(offline())
    request.onabort = request.ontimeout = request.onerror
    request.onload = () => void answer<T>(new Response(request.responseText, { status: request.status })).then(resolve, reject)
    request.onloadend = () => {
      clearTimeout(timer)
      more.signal?.removeEventListener('abort', stop)
    }
    more.signal?.addEventListener('abort', stop)
    moves()
    request.send(body)
    if (more.signal?.aborted) stop()
  })
}

export interface Entered {
  case: string
  code: string
  url: string
}

/** What goes along with a report: photographs, and what was told by voice. */
export interface Attached {
  photos: Blob[]
  told?: Blob
}

function form(report: unknown, { photos, told }: Attached): FormData {
  const form = new FormData()
  form.set('report', JSON.stringify(report))
  photos.forEach((photo, n) => form.append('photos', photo, `photo-${n}.jpg`))
  if (told) form.set('spoken', told, 'spoken')
  return form
}

/** The resident's session, and the account that it must be of, by whose number a reporter is reached. */
export interface ByAccount {
  as: string
  account: string
}

/** Sent again under its key it is the same report. */
export const sendReport = (report: unknown, files: Attached, key: string, progress: (share: number) => void, by?: ByAccount): Promise<ReportAnswer> =>
  upload<ReportAnswer>('/api/reports', form(report, files), { 'Idempotency-Key': key, ...(by ? { 'X-Heyi-As': by.as, 'X-Heyi-Account': by.account } : {}) }, progress, { still: STILL })

/** A case that staff enters. `account`: whose it is; another one is not taken for it. */
export const sendIntake = (report: unknown, files: Attached, key: string, progress: (share: number) => void, account: string): Promise<Entered> =>
  upload<Entered>('/api/intake', form(report, files), { 'Idempotency-Key': key, 'X-Heyi-As': tab(), 'X-Heyi-Account': account }, progress, { still: STILL })

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
  upload<{ photo: string }>(`/api/cases/${caseId}/receipts/${obligation}/${receipt}/photo`, file, { 'Idempotency-Key': key, 'X-Heyi-As': tab() }, () => undefined, { still: STILL })

/** One photograph more for the own report. */
export const sendMaterial = (caseId: string, file: Blob, key: string, progress: (share: number) => void): Promise<{ photo: string }> =>
  upload<{ photo: string }>(`/api/cases/${caseId}/photos`, file, { 'Idempotency-Key': key, 'X-Heyi-As': tab() }, progress, { still: STILL })

/** Longer than a small question takes, ms. */
const SMALL_WAIT = 20_000
/** Longer than it takes to look into a recording, or to take a statement, ms. */
const WHOLE_WAIT = 60_000

/** A statement from afar; sent again under its key it is the same one. `recording`: the upload of what was recorded with it. */
export const sendStatement = (caseId: string, said: { text: string; shared: boolean; recording: string }, key: string, signal: AbortSignal): Promise<{ sha256: string; number: number }> =>
  ask(`/api/cases/${caseId}/statement`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key }, body: JSON.stringify(said) }, undefined, { signal, wait: WHOLE_WAIT })

/** How far a recording has come, and what was found in it once it was looked into. */
export interface UploadState {
  upload: string
  offset: number
  piece?: number
  ms?: number
}
export interface RecordingDoor {
  begin: (size: number, signal: AbortSignal) => Promise<UploadState>
  state: (upload: string, signal: AbortSignal) => Promise<UploadState>
  piece: (upload: string, offset: number, data: Blob, progress: (share: number) => void, signal: AbortSignal) => Promise<UploadState>
  /** Without `ms`: another try is at it. */
  finish: (upload: string, signal: AbortSignal) => Promise<UploadState>
  drop: (upload: string) => Promise<void>
}
const recordings = (caseId: string): string => `/api/cases/${caseId}/statement/recordings`
/** Longer than a piece takes on the slowest line that a video makes sense on, ms. */
const PIECE_WAIT = 180_000
export const recordingDoor = (caseId: string): RecordingDoor => ({
  begin: (size, signal) => post<UploadState>(recordings(caseId), { size }, undefined, { signal, wait: SMALL_WAIT }),
  state: (upload, signal) => get<UploadState>(`${recordings(caseId)}/${upload}`, undefined, { signal, wait: SMALL_WAIT }),
  piece: (name, offset, data, progress, signal) => upload<UploadState>(`${recordings(caseId)}/${name}?offset=${offset}`, data, { 'X-Heyi-As': tab() }, progress, { method: 'PUT', signal, wait: PIECE_WAIT }),
  finish: (upload, signal) => post<UploadState>(`${recordings(caseId)}/${upload}/finish`, {}, undefined, { signal, wait: WHOLE_WAIT }),
  drop: async (upload) => void (await remove(`${recordings(caseId)}/${upload}`, undefined, undefined, { wait: SMALL_WAIT })),
})

/** What a token is about. */
export interface RatedMediation {
  number: string
  kind: string
  until: string
  mediator?: string
  committee?: string
}
export const readRating = (token: string): Promise<RatedMediation> => post<RatedMediation>('/api/ratings/read', { token }, undefined, { wait: SMALL_WAIT })

/** Sent again under its key it is the same rating; under another one the token is used up. */
export const sendRating = async (rating: { token: string; score: number; marks: string[]; words: string }, key: string): Promise<void> => {
  await ask('/api/ratings', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key }, body: JSON.stringify(rating) }, undefined, { wait: SMALL_WAIT })
}

/** Address of a file that only this session may see. */
export const fileUrl = (path: string): string => `${path}${path.includes('?') ? '&' : '?'}as=${encodeURIComponent(tab())}`
