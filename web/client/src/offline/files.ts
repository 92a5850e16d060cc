// For the build: which files the pages need that open without a network, read out of what the build has made.
import { INTAKE, REPORT, type Page } from './rule'

/** As much of Vite's manifest as is read here. */
export interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
  assets?: string[]
}

const SOURCES: Record<Page, string> = { [REPORT]: 'src/pages/ReportPage.vue', [INTAKE]: 'src/pages/IntakePage.vue' }
/** The document, and both languages: a phone may change to the other one without a network. */
const ALWAYS = ['index.html', 'src/i18n/zh.ts', 'src/i18n/en.ts']

/** More would be a mistake in the build, and no phone should keep it. */
export const MOST = 60

/** Addresses of everything that a page loads, sorted. Throws where the manifest lacks a part of it, or names too much. */
export function filesOf(page: Page, manifest: Record<string, Chunk>): string[] {
  const seen = new Set<string>()
  const found = new Set<string>()
  const wanted = [...ALWAYS, SOURCES[page]]
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const chunk = manifest[name]
    if (!chunk) throw new Error(`The build has no ${name}, which ${page} needs`)
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) found.add(`/${file}`)
    wanted.push(...(chunk.imports ?? []))
  }
  if (found.size > MOST) throw new Error(`${page} needs ${found.size} files; a phone keeps ${MOST}`)
  return [...found].sort()
}
