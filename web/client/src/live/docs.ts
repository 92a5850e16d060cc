// Shapes of the topics' documents, as realtime/audience.py writes them.
import type { RiskMark } from '@/risk/risk'
import type { SessionStage } from './messages'

export interface Step {
  stage: string
  at: string
  who?: string
  note?: string
  /** The case came back to the centre since nobody took it in time. */
  unanswered?: boolean
}

/** Who said it, why and when. */
export interface SaidDoc {
  reason: string
  by: string
  at: string
}

/** `party`: whose word it is; without it the office noted it. It counts once `confirmed` is there. */
export interface ReceiptDoc {
  on: string
  party?: string
  amount?: string
  part?: boolean
  note?: string
  photo?: string
  answer?: { party: string; agreed: boolean; note?: string }
  confirmed?: string
  taken_back?: SaidDoc
}

export interface ObligationDoc {
  what: string
  clause?: string
  debtor?: string
  creditor?: string
  amount?: string
  /** Not confirmed yet, and not told by anybody yet. */
  rest?: string
  untold?: string
  due?: string
  manner?: string
  drawn?: boolean
  state: 'due' | 'partly' | 'done' | 'waived' | 'breached'
  receipts?: Record<string, ReceiptDoc>
  waived?: SaidDoc
  breach?: SaidDoc
}

export interface VisitDoc {
  on: string
  how: 'telephone' | 'visit' | 'video'
  by: string
  outcome?: string
  satisfied: boolean
}

export interface PerformanceDoc {
  obligations?: Record<string, ObligationDoc>
  visits?: Record<string, VisitDoc>
  left_out?: number
  agreed_at?: string
}

/** What a party owes and is owed. */
export interface OwnPerformanceDoc extends PerformanceDoc {
  me: string
  names: Record<string, string>
  open: boolean
}

/** Whether the own rating was given, and until when it can be. */
export interface OwnRatingDoc {
  until: string
  given?: boolean
}

/** The centre reads `ratings` by party, the mediator of a closed case the rest. */
export interface RatingsDoc {
  ratings?: Record<string, { name: string; capacity: string; score: number; marks?: string[]; words?: string; at: string; released?: string; visit?: VisitDoc }>
  scores?: number[]
  marks?: Record<string, number>
  words?: string[]
}

/** A time: from `start` on, so many minutes. */
export interface SlotDoc {
  start: string
  minutes: number
}

/** What a party said to each of the times; `by`: who of the office heard it by telephone. */
export interface SaidTimesDoc {
  fits: boolean[]
  words?: string
  by?: string
}

/** `times` wait for answers, `fixed` holds, `called_off` did. */
export interface ScheduleDoc {
  revision: number
  times?: SlotDoc[]
  place?: string
  fixed?: SlotDoc
  called_off?: SlotDoc
  reason?: string
  /** By party; the office reads it. */
  answers?: Record<string, SaidTimesDoc>
}

export interface OwnScheduleDoc extends ScheduleDoc {
  mine?: SaidTimesDoc
}

/** A statement from afar, without its content. */
export interface GivenDoc {
  kind: string
  at: string
  sha256: string
  number: number
  recording?: { sha256: string; size: number; ms: number; type: string }
}

/** Of the office: who agreed, and the statements by party. */
export interface StaffStatementsDoc {
  agreed?: Record<string, boolean>
  possible?: boolean
  statements?: Record<string, { by?: string; why?: string; code_asked?: string; spent?: boolean; verified?: boolean; given?: GivenDoc & { shared?: boolean }; withdrawn?: number; released?: boolean; presented?: string; heard?: boolean }>
}

/** Of a party: whether it is possible, what it has said itself, its own statement, and those of others that it may read. */
export interface OwnStatementsDoc {
  way: 'waiting' | 'refused' | 'open'
  asked?: boolean
  agreed?: boolean
  mine?: { by?: string; why?: string; code?: boolean; spent?: boolean; phone?: string; verified?: string; given?: GivenDoc & { shared?: boolean }; released?: boolean; presented?: boolean }
  others?: Record<string, GivenDoc & { name: string }>
}

/** A party's own page; the others are masked. */
export interface OwnDoc {
  id: string
  code: string
  title: string
  type: string
  kind: string
  stage: string
  mediator?: string
  committee?: string
  party: string
  me: string
  others?: string[]
  afar?: OwnStatementsDoc
  schedule?: OwnScheduleDoc
  /** Has a place in the session. */
  seated?: boolean
  /** The session is open, and it gets its place when it comes. */
  open?: boolean
  /** Another mediator is to come, and nobody has the case meanwhile; `off`: when the session was to be that is called off by it. */
  changing?: boolean
  off?: string
}

export interface PublicDoc {
  /** When people meet. */
  appointment?: string
  /** When a session was to be that was called off, until another is agreed. */
  called_off?: string
  /** What came of a livelihood matter. */
  outcome?: string
  performing?: 'going' | 'done'
  code: string
  type: string
  kind: string
  stage: string
  history: Step[]
  due?: string
  answer_by?: string
  /** Since when its file is destroyed. */
  gone?: string
}

export interface CaseRow {
  /** Since when its file is destroyed. */
  gone?: string
  code: string
  number?: string
  title: string
  type: string
  kind: string
  stage: string
  region: string
  parties: string
  mediator?: string
  /** Who assists in a joint mediation. */
  assistants?: string[]
  /** On the desk of whoever assists. */
  assisting?: boolean
  reported_at: string
  due?: string
  answer_by?: string
  offered?: string[]
  refusals?: string[]
  photos: number
  /** Entered while its region was on trial: no statistics count it. */
  trial?: boolean
  /** Since when it waits for the centre, if longer than a working day; the centre's rows alone have it. */
  dispatch_by?: string
  undispatched?: string
  /** It came back since nobody took it in time: to whom it had been given. The centre's rows alone have it. */
  unanswered?: string
  /** Low ratings that nobody has called about yet; the centre's rows alone have it. */
  unhappy?: number
  /** When the next request about personal data is to be answered; the centre's rows alone have it. */
  data_due?: string
  /** Reported to the risk platform; the centre's rows alone have it. */
  risk?: RiskMark
  /** Of an agreed case: how many obligations, how many open, and the days of the open ones. */
  owing?: { all: number; open: number; due?: string[] }
  /** The time that is fixed. */
  appointment?: SlotDoc
  /** Closed, and its paper file not archived yet. */
  unfiled?: boolean
  /** Since when the centre's answer to the lead is waited for. */
  escalated?: string
}

export interface Order {
  title: string
  facts: string
  type: string
  kind: string
  region: string
  /** None where staff has entered it. */
  reporter?: string
  source: string
  photos: number
  /** ms of what is told by voice, and heard once it is accepted. */
  spoken?: number
  mode?: string
  note?: string
  answer_by?: string
  reported_at: string
}

/** How many notices an account has not read; the id of the newest. */
export interface BellDoc {
  unread: number
  newest: number
}

/** To whom it is put: an order's facts, why, who asks and who leads. */
export interface JointRequest extends Order {
  share: string
  why: string
  asked_by: string
  asked_at: string
  mediator?: string
  lead?: string
}

/** An organisation's share in a joint mediation. `asked`: how many could still take it; `declined`: what those said who do not want to. */
export interface ShareDoc {
  org: string
  state: 'asked' | 'joined' | 'declined' | 'left' | 'released' | 'ended'
  reason: string
  asked_by: string
  asked_at: string
  asked?: number
  declined?: { name?: string; reason: string }[]
  account?: string
  name?: string
  since?: string
  until?: string
  why?: string
}

/** That the lead brought the case before the centre (上报). `words`: the centre's; `overdue`: the term was over by then. */
export interface EscalationDoc {
  state: 'open' | 'instructed' | 'taken' | 'withdrawn' | 'lapsed'
  reason: string
  name: string
  at: string
  overdue?: boolean
  until?: string
  answered_by?: string
  words?: string
}

export interface DeskDoc {
  orders?: Record<string, Order>
  requests?: Record<string, JointRequest>
  cases?: Record<string, CaseRow>
}

export interface CentreDoc {
  cases?: Record<string, CaseRow>
}

export interface CaseDoc extends CaseRow {
  /** Public codes that were revoked, in order. */
  former_codes?: string[]
  due_term?: string
  id: string
  facts: string
  place?: string
  /** The code of `region`. */
  region_code: string
  source: string
  /** By which other system, under which number of its own. */
  referred?: { by: string; reference: string }
  /** ms of what the report tells by voice. */
  spoken?: number
  /** Why the centre did not take it up. */
  declined?: DeclinedDoc
  /** What came of a livelihood matter. */
  outcome?: string
  answer?: AnswerDoc
  /** Who of the office has put that into words. */
  written_by?: string
  /** Whoever told it wrote no subject: the title is made. */
  title_made?: boolean
  /** Who of the office wrote the subject. */
  titled_by?: string
  mode?: string
  note?: string
  assignee?: string
  /** The lead's organisation. */
  lead?: string
  joint?: Record<string, ShareDoc>
  escalations?: Record<string, EscalationDoc>
  /** From when on the term is counted, once the centre has taken the case over. */
  first_accepted?: string
  /** To those who are asked to join and have not answered. */
  requests?: Record<string, { share: string }>
  /** `page`: a link to the party's own page is in force; `seated`: one to its place in the session. */
  people: Record<string, { name: string; capacity: string; phone?: string; page?: boolean; page_sent?: string; page_opened?: string; seated?: boolean }>
  pictures: { id: string; width: number; height: number }[]
  history: Step[]
  session?: string
  session_stage?: string
  /** When an oral agreement was concluded. */
  oral?: string
  agreement?: AgreementDoc
  /** The paper file lies in the archive; `missing`: required items that it lacked, for `reason`. */
  archived?: { at: string; by?: string; shelf?: string; missing?: string[]; reason?: string; sha256?: string; pages?: number }
  taken_out?: { at: string; by: string; reason: string }
  hold?: { reason: string; by: string; at: string }
  /** Asked for and not done. */
  destruction?: { what: 'recordings' | 'file'; by: string; reason: string; at: string; due: string }
  /** `by` approved it, `asked_by` asked for it; neither where a policy did it. */
  destroyed?: { at: string; by?: string; asked_by?: string; reason?: string }
  /** Its file: what is left is a stub. */
  erased?: { at: string; by: string; asked_by: string; reason: string }
  performance?: PerformanceDoc
  afar?: StaffStatementsDoc
  schedule?: ScheduleDoc
  experts?: Record<string, InvitationDoc>
}

/** `entered`: by staff, who have to tell whoever reported it. */
export interface DeclinedDoc {
  why: string
  words?: string
  by: string
  entered?: boolean
}

/** What a party is told of the recordings: that they are to go, and from when on, or that they are gone. `file`: the whole file is to go. */
export interface RecordingsDoc {
  file?: boolean
  asked?: string
  due?: string
  /** The committee to turn to. */
  office?: string
  destroyed?: string
  /** Whether there is an agreement, which remains. */
  agreed?: boolean
}

/** About the personal data in the file. */
export interface DataRequestDoc {
  wish: string
  words: string
  at: string
  due: string
  answer?: { granted: boolean; reason: string; ground?: string; by: string; at: string }
}

/** Of `data/<case>`. */
export interface DataDoc {
  requests?: Record<string, DataRequestDoc>
}

/** `entered`: by staff, who have to tell whoever reported it. */
export interface AnswerDoc {
  entered?: boolean
  outcome: string
  words: string
  by: string
}

export interface ReporterDoc extends PublicDoc {
  answer?: AnswerDoc
  /** A statement from afar was asked for or proposed: on the own page somebody answers that. */
  afar?: boolean
  declined?: { why: string; words?: string }
  id: string
  title: string
  facts: string
  region: string
  place?: string
  /** The other side, masked. */
  others?: string[]
  /** ms of what the own report tells by voice. */
  spoken?: number
  written_by?: string
  pictures: { id: string; width: number; height: number }[]
  mediator?: string
  assistants?: string[]
  performance?: OwnPerformanceDoc
  rating?: OwnRatingDoc
  requests?: Record<string, DataRequestDoc>
  schedule?: OwnScheduleDoc
  recordings?: RecordingsDoc
}

/** Who acts for a party. */
export interface ActingDoc {
  name: string
  principal: string
  capacity: 'guardian' | 'agent'
  authority?: 'general' | 'special'
}

export interface OwnSeat {
  role: string
  name: string
  state: 'invited' | 'lobby' | 'admitted' | 'left' | 'removed'
  consents: Record<string, boolean>
  notice: boolean
  audio: boolean
  camera: boolean
  screen: boolean
  hand: boolean
  spoken: boolean
  muted: string[]
  asked?: ('audio' | 'camera')[]
  until?: string
  minutes?: number
  stages?: SessionStage[]
  acts?: ActingDoc
  verified?: boolean
  identity?: IdentityDoc
  expert_consent_asked?: boolean
  /** Of an expert: a party does not agree to experts. */
  not_agreed?: boolean
  experts?: Record<string, { name: string; speciality?: string }>
  invitation?: OwnInvitationDoc
}

/** An expert of the pool, invited to a session: to the office and to the mediator. */
export interface InvitationDoc {
  id: string
  expert: string
  name: string
  kind: string
  state: 'sent' | 'accepted' | 'declined' | 'conflict' | 'seated' | 'done' | 'expired' | 'withdrawn'
  session: string
  sent_at: string
  until: string
  at?: string
  minutes: number
  brief: string
  photographs?: number
  reason?: string
  extended?: boolean
  seated_at?: string
  leaves_at?: string
  ended_at?: string
  score?: number
}

/** To the expert. `files`: photographs that may be looked at now. */
export interface OwnInvitationDoc {
  state: InvitationDoc['state']
  brief: string
  at?: string
  until: string
  parties: string[]
  type: string
  kind: string
  photographs?: number
  files?: string[]
  extended?: boolean
}

/** A proof of identity to a provider, on the present device. */
export interface IdentityDoc {
  state: 'open' | 'passed' | 'failed'
  reason?: string
  tries: number
}

export interface SeatDoc {
  name: string
  role: string
  state: string
  audio: boolean
  camera: boolean
  screen: boolean
  hand?: boolean
  speciality?: string
  /** A co-mediator's. */
  org?: string
  until?: string
  consents?: Record<string, boolean>
  verified?: boolean
  identity?: IdentityDoc
  notice?: boolean
  spoken?: boolean
  party?: string
  acts?: ActingDoc
  stages?: SessionStage[]
  off?: ('audio' | 'camera')[]
  asked?: ('audio' | 'camera')[]
  declined?: ('audio' | 'camera')[]
  /** Seats at the same device. */
  beside?: string[]
}

export interface ChatLine {
  seat: string
  text: string
  at: string
}

export interface RemarkDoc {
  clause: string
  seat: string
  at: string
  text: string
  quote?: string
  wording?: string
  /** What is proposed for the whole clause. */
  proposal?: ProposalDoc
  replies?: { seat: string; at: string; text: string }[]
  /** How it was settled, of those that are. */
  settled?: 'accepted' | 'done' | 'withdrawn'
}

export type ShownPiece = ['same' | 'added' | 'removed', string]

export interface ProposalDoc {
  how: 'changed' | 'added' | 'removed' | 'moved'
  heading: string
  pieces: ShownPiece[]
  /** The heading of the clause that a moved one would follow; empty for the first place. */
  beside?: string
}

/** A one-time code that was asked for, which is not in it. `left`: tries; `failed`: why it did not go by SMS. */
export interface CodeDoc {
  way: 'screen' | 'sms'
  failed?: string
  asked: string
  again: string
  until: string
  left: number
  answered?: boolean
}

export interface AgreementDoc {
  stage: string
  document?: string
  revision?: number
  hash?: string
  missing?: string[]
  remarks?: Record<string, RemarkDoc>
  settled_remarks?: Record<string, RemarkDoc>
  paper_only?: string
  clauses?: { id: string; title: string; text: string }[]
  pages?: number
  confirmed?: Record<string, string[]>
  signed?: string[]
  way?: 'paper'
  /** SHA-256 of each page that came back on paper, in order; empty where one is missing. */
  leaves?: string[]
  without_consent?: string[]
  signers?: Record<string, string>
  anchor?: string
  /** The file before anybody signed it: SHA-256 and bytes. None of an agreement that was frozen before there were keys on devices. */
  frozen?: { hash: string; size: number }
  void_reason?: string
  /** How one-time codes are told; none where none is asked for. */
  code_way?: 'screen' | 'sms'
  code?: CodeDoc
  /** The mediator's. */
  codes?: Record<string, CodeDoc>
}

/** An oral agreement (口头协议). `confirmed`: seat → how. */
export interface OralDoc {
  revision: number
  hash: string
  matters: string
  facts: string
  content: string
  manner: string
  deadline: string
  read?: string
  doubt?: { seat: string; text: string }
  parties: string[]
  confirmed: Record<string, 'device' | 'stated'>
  concluded?: string
}

export interface RecordLineDoc {
  kind: 'step' | 'said' | 'written' | 'agreed'
  seat?: string
  text: string
  at: string
  revision: number
  struck?: boolean
}

/** The written record (笔录). `people`: seat under which somebody stands there → who; `confirmed`: seat → line's number → the revision that was read; `objections`: seat → line's number → what the party says. */
export interface RecordDoc {
  lines?: Record<string, RecordLineDoc>
  people?: Record<string, { name: string; role: string }>
  omitted?: number
  confirmed?: Record<string, Record<string, number>>
  objections?: Record<string, Record<string, string>>
  closed?: string
  sha256?: string
}

/** The draft that is open in the private talk. `agreed`: seat → hash of what it agrees to have brought back; `earlier` beside it: there is one to go on with. */
export interface PrivateDraftDoc {
  document: string
  agreed: Record<string, string>
}

export interface RoomDoc {
  id: string
  case: string
  title: string
  number: string
  me: string
  opened_at: string
  stage: SessionStage
  visited?: SessionStage[]
  recording: boolean
  locked?: boolean
  recording_since?: string
  recorded?: boolean
  pause?: string
  pause_words?: string
  paused_since?: string
  ended?: string
  recordings?: RecordingsDoc
  /** Once it is over: what there is to be taken away. `agreement`: how it was made, `elsewhere` where it is not kept here. */
  handouts?: { agreement?: 'electronic' | 'paper' | 'oral' | 'elsewhere'; certificate?: boolean; record?: boolean; copy?: boolean }
  mediator: string
  own: OwnSeat
  waiting?: { since: string }
  floor?: { seat: string; until?: string }
  seats?: Record<string, SeatDoc>
  lines?: Record<string, ChatLine>
  caucus?: { id: string; seats: string[]; since: string; open: boolean; recorded?: boolean; draft?: PrivateDraftDoc; earlier?: boolean }
  /** Closed drafts of private talks that we were in, by talk. */
  private_drafts?: Record<string, { closed: string; brought?: boolean }>
  next?: { stage: SessionStage; missing: [string, string][] }
  oral?: OralDoc
  /** It ended with an oral agreement; also told to who has left. */
  orally?: boolean
  agreement?: AgreementDoc
  record?: RecordDoc
  performance?: OwnPerformanceDoc
  rating?: OwnRatingDoc
  schedule?: OwnScheduleDoc
  /** Parties of the case without a seat; to the mediator. `afar`: has given a statement from afar. */
  unseated?: Record<string, { name: string; side: string; afar?: boolean }>
  /** Sides of which the case has nobody; to the mediator. */
  sideless?: string[]
  /** Experts of the pool that were invited to this session, by seat; to the mediator. */
  invitations?: Record<string, InvitationDoc>
  /** From afar, by party: to the mediator all that were given, to parties those that were shown. */
  statements?: Record<string, GivenDoc & { name: string; presented?: boolean; heard?: boolean; here?: boolean }>
}

export interface LiveDoc {
  speaking?: string
  recording_failed?: string
  recording_warning?: 'slow' | 'losing' | 'low'
  seats?: Record<string, { online?: boolean; typing?: boolean; quality?: 'good' | 'weak' | 'lost'; pictures?: 'all' | 'some' | 'none'; echo?: string; up?: boolean; down?: boolean; kinds?: string[] }>
}

/** Of `risk/<case>`, for the office; empty where nothing was reported. */
export interface RiskDoc extends Partial<RiskMark> {
  reason?: string
  words?: string
  by?: string
  at?: string
  withdrawn?: { by: string; at: string; why: string }
  acknowledged?: number
  acknowledged_at?: string
}

/** Who has a case open at a desk: account → name. */
export interface HereDoc {
  people?: Record<string, string>
}

export interface WallAlert {
  level: 'red' | 'orange' | 'blue'
  township: string
  type: string
  at: string
  stage: string
}
/** Counts that are hidden are "*". */
/** Of a township; what is hidden is `*`. */
export interface TownshipWallDoc {
  name: string
  active: number | string
  due_soon: number | string
  overdue: number | string
  success?: number
  /** In work, by type: the most frequent, and `rest`. */
  kinds: Record<string, number | string>
  /** Received in each of the last twelve months, this one last. */
  months: (number | string)[]
  funnel: Record<string, number | string>
  waits: Record<string, number>
  alerts: WallDoc['alerts']
  loads?: WallDoc['loads']
  voices?: WallDoc['voices']
  updated_at: string
}

export interface WallDoc {
  name: string
  today: number
  active: number
  rooms: number
  success?: number
  due_soon: number
  overdue: number
  /** Names of townships by code. */
  places: Record<string, string>
  townships: Record<string, number | string>
  /** The most frequent of this month, and `rest`. */
  types: Record<string, number | string>
  trend: number[]
  last_year?: number[]
  funnel: Record<string, number>
  /** Median seconds from the step before; of three cases or more. */
  waits: Record<string, number>
  alerts: { red: number; orange: number; blue: number; rows: WallAlert[] }
  loads: { light: number; fair: number; heavy: number }
  /** Per cent; of three answers or more. */
  voices?: { content: number; answered: number }
  updated_at: string
}
