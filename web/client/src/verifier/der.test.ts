// @vitest-environment node
import { expect, it } from 'vitest'
import { Node, algorithm, demandDistinguished, number, oid } from './der'

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))

it('reads an element and its children', () => {
  const node = Node.of(bytes('3007020101020200ff'))
  expect(node.children().map((child) => number(child.body))).toEqual([1n, 255n])
  expect(() => node.parts(3)).toThrow('der_malformed')
})

it.each(['', '30', '3080020101', '308101ff', '30820003020101', '3084ffffffff', '3003020101ff', '1f0100'])('refuses %s', (hex) => {
  expect(() => Node.of(bytes(hex))).toThrow(/der_/)
})

it('reads object identifiers of any size', () => {
  expect(oid(bytes('2a864886f70d010702'))).toBe('1.2.840.113549.1.7.2')
  expect(oid(bytes('6983c1d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d656'))).toMatch(/^2\.25\.\d{30,}$/)
  expect(() => oid(bytes('2a86'))).toThrow('der_malformed')
})

it('tells signed numbers from others', () => {
  expect([number(bytes('ff')), number(bytes('ff'), true), number(bytes('00ff'), true)]).toEqual([255n, -1n, 255n])
})

it('takes algorithms without parameters or with NULL', () => {
  expect(algorithm(Node.of(bytes('300a06082a8648ce3d040302')))).toBe('1.2.840.10045.4.3.2')
  expect(algorithm(Node.of(bytes('300c06082a8648ce3d0403020500')))).toBe('1.2.840.10045.4.3.2')
  expect(() => algorithm(Node.of(bytes('300d06082a8648ce3d040302020100')))).toThrow('cms_malformed')
})

it.each(['3003010101', '300402020001', '30050303010101', '30030500ff', '2403040100'])('finds that %s has another spelling', (hex) => {
  expect(() => demandDistinguished(Node.of(bytes(hex)))).toThrow('der_malformed')
})
