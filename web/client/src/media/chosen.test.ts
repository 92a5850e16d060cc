// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { read } from './chosen'

const NONE = { audioinput: '', videoinput: '', audiooutput: '' }

describe('chosen devices', () => {
  it('are read back', () => {
    expect(read('{"audioinput":"a","videoinput":"b"}')).toEqual({ ...NONE, audioinput: 'a', videoinput: 'b' })
  })

  it('are not taken from anything else', () => {
    for (const text of [null, '', '{', 'null', '[]', '7', '{"audioinput":7,"other":"x"}', `{"audioinput":"${'x'.repeat(300)}"}`]) expect(read(text)).toEqual(NONE)
  })
})
