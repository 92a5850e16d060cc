// The notice on the report form. Another purpose, other data or another term is another version, which cases/privacy.py knows too.
export const NOTICE = { version: '1.0', date: '2026-11-30' }
