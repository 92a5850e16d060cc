import { describe, expect, it } from 'vitest'
import { RefusedError } from '@/live/connection'
import { refusedAt, wrongPerson } from './provider'

describe('what the identity provider brought back', () => {
  it('is a code, with the seconds to wait', () => {
    expect(refusedAt('?refused=too_fast&seconds=7')).toMatchObject({ code: 'too_fast', detail: { seconds: 7 } })
    expect(refusedAt('?refused=oidc_denied')?.code).toBe('oidc_denied')
  })
  it('is nothing that somebody wrote into an address', () => {
    for (const query of ['', '?code=1', '?refused=', '?refused=<b>', '?refused=Call+0300', `?refused=${'x'.repeat(41)}`]) expect(refusedAt(query)).toBeNull()
  })
  it('tells when another person should be asked for', () => {
    expect(wrongPerson(new RefusedError('oidc_not_linked', ''))).toBe(true)
    expect(wrongPerson(new RefusedError('oidc_away', ''))).toBe(false)
    expect(wrongPerson(null)).toBe(false)
  })
})
