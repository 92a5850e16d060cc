import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dropOthers, file, keep, page, type Version } from './keep'
import { INTAKE, PATIENCE, REPORT } from './rule'

const SITE = 'https://heyi.example'
const NEW: Version = { page: REPORT, name: 'new', files: ['/assets/index-2.js', '/assets/index-2.css', '/assets/zh-2.js'] }
const OLD: Version = { page: REPORT, name: 'old', files: ['/assets/index-1.js'] }
const html = (n: number): string => `<script src="/assets/index-${n}.js"></script><link rel="icon" href="/assets/mark.svg">`

/** What the device keeps, cache by cache; what the site answers, null: nothing comes back. */
let kept: Map<string, Map<string, string>>
let site: Record<string, string | number | null>
const asked: string[] = []
const pathOf = (of: string | Request): string => (typeof of === 'string' ? of : new URL(of.url).pathname)

function cache(all: Map<string, string>): object {
  return {
    match: async (of: string | Request) => (all.has(pathOf(of)) ? new Response(all.get(pathOf(of))) : undefined),
    put: async (of: string, answer: Response) => void all.set(of, await answer.text()),
  }
}

describe('what the offline worker keeps', () => {
  beforeEach(() => {
    kept = new Map([['report-old', new Map([['/report', html(1)], ['/assets/index-1.js', 'old']])], ['other', new Map()]])
    site = { '/report': html(2), '/assets/index-2.js': 'new', '/assets/index-2.css': 'new', '/assets/zh-2.js': 'new' }
    asked.length = 0
    vi.stubGlobal('caches', {
      has: async (name: string) => kept.has(name),
      keys: async () => [...kept.keys()],
      delete: async (name: string) => kept.delete(name),
      open: async (name: string) => cache(kept.get(name) ?? kept.set(name, new Map()).get(name)!),
    })
    vi.stubGlobal('fetch', async (of: string | Request) => {
      asked.push(pathOf(of))
      const answer = site[pathOf(of)]
      if (answer === null) return new Promise(() => undefined)
      if (answer === undefined) throw new TypeError('no network')
      return typeof answer === 'number' ? new Response('', { status: answer }) : new Response(answer)
    })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('is a whole version beside the one before, which goes when it takes over', async () => {
    await keep(NEW)
    expect([...kept.get('report-new')!.keys()].sort()).toEqual([...NEW.files, '/report'].sort())
    expect(kept.has('report-old')).toBe(true)
    await dropOthers(NEW)
    expect([...kept.keys()]).toEqual(['other', 'report-new'])
  })

  it('is nothing of a version that does not come whole, and the one before stays', async () => {
    for (const broken of [{ '/assets/zh-2.js': 404 }, { '/assets/zh-2.js': undefined }, { '/report': html(3) }, { '/report': '<p>Sign in to the network</p>' }, { '/report': 502 }]) {
      const whole = { ...site }
      Object.assign(site, broken)
      await expect(keep(NEW)).rejects.toThrow()
      expect([...kept.keys()]).toEqual(['report-old', 'other'])
      site = whole
    }
  })

  it('is a page’s own: the other page’s worker neither takes nor drops it', async () => {
    site['/desk/intake'] = html(2)
    await keep(NEW)
    await keep({ ...NEW, page: INTAKE })
    await dropOthers({ ...NEW, page: INTAKE })
    expect([...kept.keys()]).toEqual(['report-old', 'other', 'report-new', 'intake-new'])
    expect([...kept.get('intake-new')!.keys()].sort()).toEqual([...NEW.files, '/desk/intake'].sort())
    expect(await (await page(new Request(`${SITE}/desk/intake`), { ...NEW, page: INTAKE })).text()).toBe(html(2))
    delete site['/desk/intake']
    expect(await (await page(new Request(`${SITE}/desk/intake`), { ...NEW, page: INTAKE })).text()).toBe(html(2))
  })

  it('stays where another worker of the same version fails to come', async () => {
    await keep(NEW)
    site = {}
    await expect(keep(NEW)).rejects.toThrow()
    expect(kept.get('report-new')!.size).toBe(4)
  })

  it('is shown where there is no network, the server is down or the line stalls', async () => {
    const request = new Request(`${SITE}/report?from=poster`)
    expect(await (await page(request, OLD)).text()).toBe(html(2))
    for (const answer of [undefined, 502, 503]) {
      Object.assign(site, { '/report': answer })
      expect(await (await page(request, OLD)).text()).toBe(html(1))
    }
    vi.useFakeTimers()
    site['/report'] = null
    let shown = ''
    void page(request, OLD).then(async (answer) => (shown = await answer.text()))
    await vi.advanceTimersByTimeAsync(PATIENCE - 100)
    expect(shown).toBe('')
    await vi.advanceTimersByTimeAsync(200)
    expect(shown).toBe(html(1))
  })

  it('is never in the way of what the server says', async () => {
    const request = new Request(`${SITE}/report`)
    site['/report'] = 403
    expect((await page(request, OLD)).status).toBe(403)
    kept.clear()
    site['/report'] = 503
    expect((await page(request, OLD)).status).toBe(503)
    delete site['/report']
    expect((await page(request, OLD)).type).toBe('error')
  })

  it('is asked of the network only where it is not there', async () => {
    expect(await (await file(new Request(`${SITE}/assets/index-1.js`), OLD)).text()).toBe('old')
    expect(asked).toEqual([])
    expect(await (await file(new Request(`${SITE}/assets/zh-2.js`), OLD)).text()).toBe('new')
    expect(kept.get('report-old')!.has('/assets/zh-2.js')).toBe(false)
  })
})
