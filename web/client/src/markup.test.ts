import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** What makes elements of a text. */
const MAKES = /v-html|\bv-bind:inner|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|dangerouslySet|\bsrcdoc\b|new Function\(|\beval\(/
/** What is not anybody's: our own drawings; and what a paste is cleaned in, a document of its own that is shown nowhere. */
const OWN = ['drafting/pasted.ts', 'shell/Icon.vue']

it('makes no elements of what people have written', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts)$/.test(name) && !name.endsWith('.test.ts'))
  expect(sources.length).toBeGreaterThan(300)
  expect(sources.filter((name) => MAKES.test(readFileSync(`src/${name}`, 'utf8'))).sort()).toEqual(OWN)
  // Of these two: what is drawn stands in the source, and the paste is read in no page.
  expect(readFileSync('src/shell/Icon.vue', 'utf8')).toContain('v-html="icons[name]"')
  expect(readFileSync('src/drafting/pasted.ts', 'utf8')).toMatch(/new DOMParser\(\)/)
})
