// What administrators are told of accounts, of places, and of what was done.
export interface Organisation {
  id: string
  name: string
  short_name: string
  region: string
  phone: string
}

export interface Overview {
  /** By what staff sign in beside links: a password of the own, and an identity provider of this name. */
  passwords: boolean
  provider: string
  duties: string[]
  organisations: Organisation[]
  regions: { code: string; name: string }[]
}

export interface AccountRow {
  id: string
  login: string
  name: string
  role: string
  organisation: string
  region: string
  locked: boolean
  password: boolean
  factor: boolean
  signed_in: number
  seen: string
  own: boolean
}

export interface Entry {
  id: number
  at: string
  act: string
  by: string
  role: string
  subject: string
  address: string
  detail: string
  /** What staff and places in it are called today. */
  names: Record<string, string>
}

/** Roles that the page may give: administrators are made at the server. */
export const OFFICE = ['centre', 'mediator', 'grid_worker', 'expert'] as const

/** The text that is true of how people sign in here. */
export const byWay = (overview: Pick<Overview, 'passwords'>, key: string): string => `administration.${key}${overview.passwords ? '' : 'ByLink'}`

export const path = (key = '', what = ''): string => `/api/administration/accounts${key && `/${key}`}${what && `/${what}`}`

/** What may be done to an account, of these duties: nothing to one's own, and administrators are neither altered nor reset here. */
export function actsOn(row: AccountRow, duties: string[]): string[] {
  if (row.own) return []
  const office = (OFFICE as readonly string[]).includes(row.role)
  const acts = row.locked ? ['alter_account', 'unlock_account'] : ['alter_account', 'see_sign_ins', 'reset_account', 'lock_account']
  return acts.filter((act) => duties.includes(act) && (office || !['alter_account', 'reset_account'].includes(act)))
}
