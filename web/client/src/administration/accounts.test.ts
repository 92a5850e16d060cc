import { describe, expect, it } from 'vitest'
import { actsOn, path, type AccountRow } from './accounts'

const row: AccountRow = { id: 'w', login: 'wang', name: '王某', role: 'mediator', organisation: '', region: '', locked: false, password: true, factor: false, signed_in: 0, seen: '', own: false }
const SECURITY = ['see_accounts', 'see_sign_ins', 'end_sign_ins', 'lock_account', 'unlock_account', 'reset_account']

describe('what may be done to an account', () => {
  it('follows the duties', () => {
    expect(actsOn(row, ['see_accounts', 'create_account', 'alter_account'])).toEqual(['alter_account'])
    expect(actsOn(row, SECURITY)).toEqual(['see_sign_ins', 'reset_account', 'lock_account'])
    expect(actsOn({ ...row, locked: true }, SECURITY)).toEqual(['unlock_account'])
  })
  it('leaves the own account alone, and administrators in office', () => {
    expect(actsOn({ ...row, own: true }, SECURITY)).toEqual([])
    expect(actsOn({ ...row, role: 'audit_admin' }, SECURITY)).toEqual(['see_sign_ins', 'lock_account'])
    expect(actsOn({ ...row, role: 'audit_admin' }, ['alter_account'])).toEqual([])
  })
  it('has an address', () => {
    expect([path(), path('w'), path('w', 'lock')]).toEqual(['/api/administration/accounts', '/api/administration/accounts/w', '/api/administration/accounts/w/lock'])
  })
})
