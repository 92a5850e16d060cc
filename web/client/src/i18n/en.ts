// English. The same keys as zh; a test compares them.
import { account } from './en-account'
import { administration } from './en-administration'
import { app } from './en-app'
import { agreement } from './en-agreement'
import { errors } from './en-errors'
import { filing } from './en-filing'
import { escalation } from './en-escalation'
import { answering } from './en-answering'
import { code } from './en-code'
import { declining } from './en-declining'
import { joint } from './en-joint'
import { experts } from './en-experts'
import { matter } from './en-matter'
import { notices } from './en-notices'
import { oral } from './en-oral'
import { own } from './en-own'
import { paper } from './en-paper'
import { past } from './en-past'
import { performance } from './en-performance'
import { playback } from './en-playback'
import { rating } from './en-rating'
import { record } from './en-record'
import { rights } from './en-rights'
import { risk } from './en-risk'
import { statement } from './en-statement'
import { resident } from './en-resident'
import { room } from './en-room'
import { enter, schedule } from './en-schedule'
import { desk } from './en-desk'
import { closedDoor, intake, mine, progress, report } from './en-pages'
import { titles } from './en-titles'
import { verify } from './en-verify'
import { waiting } from './en-waiting'
import { wall } from './en-wall'
import { words } from './en-words'

export default {
  app,
  account,
  administration,
  home: {
    title: 'A dispute? Let us sit down and talk',
    text: 'Mediation costs nothing. Tell us what happened, and a mediator will help you talk.',
    report: 'Report a dispute',
    code: 'Follow a case',
    codeHint: 'The code you were given',
    mine: 'What I reported',
    reportedOn: 'Reported on {day}',
    codeWrong: 'A code is HY and eight letters and digits',
    verify: 'Check evidence',
    others: 'Other ways',
    look: 'Show',
    enter: 'Enter by code',
    staff: 'Staff sign-in',
  },
  signIn: { title: 'Staff sign-in', text: 'For the centre, mediators and grid workers.', login: 'Name', password: 'Password', enter: 'Sign in', checking: 'Checking', guest: 'To report a dispute you need no account:', by: 'Sign in with {name}', byAnother: 'Sign in with another account of {name}', byHint: 'The page of {name} opens; once you have signed in there, you are back here. On a shared computer, sign out there too.', otherWay: 'Sign in another way', byPassword: 'Sign in with name and password', leaving: 'Opening {name}' },
  link: {
    opening: 'Opening your link, one moment',
    failed: 'The link cannot be opened',
    usedTitle: 'This link is open on another device',
    usedText: 'Continue on this device? The other one will leave; your seat stays the same.',
    takeOver: 'Continue on this device',
  },
  missing: { title: 'There is no such page', text: 'The address may be misspelt, or the page is gone.', home: 'Home' },
  player: { play: 'Play', pause: 'Pause', place: 'Place in the recording', of: '{at} of {lasts}', full: 'Full screen' },
  agreement,
  titles,
  matter,
  notices,
  oral,
  own,
  paper,
  past,
  report,
  intake,
  progress,
  mine,
  closedDoor,
  desk,
  filing,
  escalation,
  answering,
  code,
  declining,
  joint,
  performance,
  playback,
  rating,
  record,
  resident,
  rights,
  risk,
  statement,
  waiting,
  wall,
  verify,
  words,
  room,
  schedule,
  enter,
  errors,
  experts,
}
