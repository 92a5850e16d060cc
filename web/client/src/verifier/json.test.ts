// @vitest-environment node
import { expect, it } from 'vitest'
import { byCodePoint, canonicalJson, strictJson } from './json'

const read = (text: string): unknown => strictJson(new TextEncoder().encode(text))

it('reads canonical JSON', () => {
  expect(read('{"a":[1,-2,true,false,null,"字\\n\\"\\u0001"],"b":{}}')).toEqual({ a: [1, -2, true, false, null, '字\n"\u0001'], b: {} })
  expect(read('123456789012345678901234567890')).toBe(123456789012345678901234567890n)
})

it.each(['', ' 1', '1 ', '{"b":1,"a":2}', '{"a":1,"a":1}', '[1, 2]', '"\\u5b57"', '"\\/"', '-0', '01', '[1,]', '{"a"}', '"\\ud800"', '"\t"', '\ufeff1', '"a'])('refuses %j', (text) => {
  expect(() => read(text)).toThrow(/json_(malformed|not_canonical)/)
})

it.each(['1.0', '1e3', 'NaN', '-Infinity', '[0.5]'])('refuses the float %s', (text) => {
  expect(() => read(text)).toThrow('json_float')
})

it('refuses what is nested without end, and bytes that are no text', () => {
  expect(() => read('['.repeat(100_000))).toThrow('json_malformed')
  expect(() => strictJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('json_malformed')
})

it('sorts keys as their bytes are sorted', () => {
  const keys = ['\uffee', '\u{1f600}', 'b', 'a', 'aa']
  const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  expect([...keys].sort(byCodePoint)).toEqual(sorted)
  expect(new TextDecoder().decode(canonicalJson(Object.fromEntries(keys.map((key) => [key, 1]))))).toBe(`{${sorted.map((key) => `"${key}":1`).join(',')}}`)
})

it('keeps a key that objects have by nature', () => {
  expect(Object.keys(read('{"__proto__":1}') as object)).toEqual(['__proto__'])
})
