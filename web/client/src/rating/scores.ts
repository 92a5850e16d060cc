// What can be said of a mediation, as cases/vocabulary.py and cases/rating.py have it.
export const SCORES = [1, 2, 3, 4, 5] as const
/** Up to which somebody is called about it. */
export const LOW = 2
export const MARKS = ['fair', 'patient', 'clear', 'quick'] as const
