// Generated from realtime/messages.py by `python -m realtime.typescript`. Do not edit.

export type DisputeKind = 'dispute' | 'matter'

export type DispatchMode = 'assign' | 'hand_over'

export type CaseStage = 'reported' | 'dispatched' | 'accepted' | 'mediating' | 'agreed' | 'failed' | 'closed' | 'withdrawn' | 'declined'

export type MatterOutcome = 'done' | 'explained' | 'elsewhere'

export type IdentityCheck = 'in_person' | 'by_call'

export type Wish = 'access' | 'correction' | 'deletion' | 'objection'

export type Ground = 'file_kept' | 'duty' | 'others' | 'not_wrong' | 'not_theirs'

export type DeclineReason = 'same' | 'elsewhere' | 'unclear'

export type SessionStage = 'identity' | 'notice' | 'statements' | 'evidence' | 'caucus' | 'options' | 'drafting' | 'confirmation' | 'signing' | 'archive'

export type RiskLevel = 'red' | 'orange' | 'blue'

export type RiskReason = 'threat' | 'violence' | 'family' | 'self_harm' | 'repeated' | 'crowd' | 'other'

export type Consent = 'online' | 'recording' | 'caucus_recording' | 'signature' | 'expert'

export type SeatRole = 'mediator' | 'party' | 'co_mediator' | 'expert' | 'observer' | 'recorder' | 'device'

export type Way = 'electronic' | 'paper'

export interface Proposed {
  start: string
  minutes: number
}

export interface Finding {
  code: string
  clause: string
  article: string
  paragraph: number
  part: number
  start: number
  end: number
  quote: string
  mend?: Mend | null
  data?: Record<string, string>
}

export interface Mend {
  how: 'replace' | 'set'
  pieces?: Piece[]
  key?: string
  value?: string
}

export interface Piece {
  text?: string
  type?: string
  value?: string
}

export interface ArchiveFile {
  t: 'archive_file'
  case: string
  shelf?: string
  reason?: string
}

export interface TakeOutFile {
  t: 'take_out_file'
  case: string
  reason: string
}

export interface WriteDown {
  t: 'write_down'
  case: string
  facts: string
  title?: string
  was?: string | null
}

export interface Classify {
  t: 'classify'
  case: string
  dispute_type: string
  kind?: DisputeKind
  region?: string
  region_name?: string
  place?: string | null
  seen?: string | null
}

export interface Dispatch {
  t: 'dispatch'
  case: string
  to: string[]
  mode?: DispatchMode
  note?: string
  names?: string[]
  seen?: CaseStage | null
  dispute_type?: string
  kind?: DisputeKind | null
  region?: string
  region_name?: string
}

export interface Accept {
  t: 'accept'
  case: string
}

export interface Refuse {
  t: 'refuse'
  case: string
  reason: string
  conflict?: boolean
}

export interface GiveBack {
  t: 'give_back'
  case: string
  reason: string
  conflict?: boolean
}

export interface AddParty {
  t: 'add_party'
  case: string
  name: string
  capacity: string
  phone?: string
  id_number?: string
  address?: string
}

export interface Withdraw {
  t: 'withdraw'
  case: string
}

export interface CloseCase {
  t: 'close_case'
  case: string
  reason?: string
}

export interface AnswerMatter {
  t: 'answer_matter'
  case: string
  outcome: MatterOutcome
  words: string
}

export interface CorrectParty {
  t: 'correct_party'
  case: string
  party: string
  reason: string
  name?: string
  phone?: string
  id_number?: string
  address?: string
  checked?: IdentityCheck | null
}

export interface AskData {
  t: 'ask_data'
  case: string
  wish: Wish
  words: string
}

export interface AnswerData {
  t: 'answer_data'
  case: string
  request: string
  granted: boolean
  reason: string
  ground?: Ground | null
}

export interface DeclineReport {
  t: 'decline_report'
  case: string
  why: DeclineReason
  words?: string
  same?: string
}

export interface TakeUp {
  t: 'take_up'
  case: string
  reason: string
}

export interface Escalate {
  t: 'escalate'
  case: string
  reason: string
}

export interface AnswerEscalation {
  t: 'answer_escalation'
  case: string
  what: 'instruct' | 'take'
  words?: string
}

export interface WithdrawEscalation {
  t: 'withdraw_escalation'
  case: string
}

export interface InviteExpert {
  t: 'invite_expert'
  case: string
  expert: string
  brief: string
  minutes?: number
  stages?: SessionStage[]
  files?: string[]
  at?: string
}

export interface WithdrawExpert {
  t: 'withdraw_expert'
  case: string
  invitation: string
}

export interface DeclareInterest {
  t: 'declare_interest'
  case: string
  answer: 'conflict' | 'decline' | 'none'
  reason?: string
}

export interface ExtendExpert {
  t: 'extend_expert'
  case: string
  invitation: string
}

export interface RateExpert {
  t: 'rate_expert'
  case: string
  invitation: string
  score: number
}

export interface FillForm {
  t: 'fill_form'
  case: string
  form: string
  fields: Record<string, string>
  revision: number
}

export interface AskJoint {
  t: 'ask_joint'
  case: string
  org: string
  reason: string
  to?: string[]
  org_name?: string
}

export interface JoinCase {
  t: 'join_case'
  case: string
  share: string
}

export interface DeclineJoint {
  t: 'decline_joint'
  case: string
  share: string
  reason: string
  conflict?: boolean
}

export interface LeaveJoint {
  t: 'leave_joint'
  case: string
  reason: string
  conflict?: boolean
}

export interface ReleaseJoint {
  t: 'release_joint'
  case: string
  share: string
  reason: string
}

export interface PlaceHold {
  t: 'place_hold'
  case: string
  reason: string
}

export interface LiftHold {
  t: 'lift_hold'
  case: string
  reason: string
}

export interface AskDestruction {
  t: 'ask_destruction'
  case: string
  reason: string
  what?: 'file' | 'recordings'
}

export interface WithdrawDestruction {
  t: 'withdraw_destruction'
  case: string
  reason: string
  what?: 'file' | 'recordings'
}

export interface ApproveDestruction {
  t: 'approve_destruction'
  case: string
  what?: 'file' | 'recordings'
}

export interface MakePage {
  t: 'make_page'
  case: string
  party: string
}

export interface ClosePage {
  t: 'close_page'
  case: string
  party: string
}

export interface SetObligation {
  t: 'set_obligation'
  case: string
  what: string
  obligation?: string
  clause?: string
  debtor?: string
  creditor?: string
  amount?: string
  due?: string
  manner?: string
}

export interface DropObligation {
  t: 'drop_obligation'
  case: string
  obligation: string
  reason: string
}

export interface TellReceipt {
  t: 'tell_receipt'
  case: string
  obligation: string
  on: string
  amount?: string
  part?: boolean
  note?: string
}

export interface AnswerReceipt {
  t: 'answer_receipt'
  case: string
  obligation: string
  receipt: string
  agreed: boolean
  note?: string
}

export interface NoteReceipt {
  t: 'note_receipt'
  case: string
  obligation: string
  on: string
  amount?: string
  part?: boolean
  note?: string
}

export interface ConfirmReceipt {
  t: 'confirm_receipt'
  case: string
  obligation: string
  receipt: string
}

export interface TakeBackReceipt {
  t: 'take_back_receipt'
  case: string
  obligation: string
  receipt: string
  reason: string
}

export interface WaiveObligation {
  t: 'waive_obligation'
  case: string
  obligation: string
  reason: string
}

export interface StateBreach {
  t: 'state_breach'
  case: string
  obligation: string
  reason: string
  on?: boolean
}

export interface PlanVisit {
  t: 'plan_visit'
  case: string
  on: string
  how: 'telephone' | 'video' | 'visit'
}

export interface NoteVisit {
  t: 'note_visit'
  case: string
  visit: string
  on: string
  outcome: string
  satisfied: boolean
}

export interface AnswerRating {
  t: 'answer_rating'
  case: string
  party: string
  on: string
  outcome: string
  satisfied: boolean
}

export interface ReleaseWords {
  t: 'release_words'
  case: string
  party: string
}

export interface RenewCode {
  t: 'renew_code'
  case: string
  why?: string
  code?: string
}

export interface ReportRisk {
  t: 'report_risk'
  case: string
  level: RiskLevel
  reason: RiskReason
  words: string
}

export interface WithdrawRisk {
  t: 'withdraw_risk'
  case: string
  reason: string
}

export interface SendRiskAgain {
  t: 'send_risk_again'
  case: string
}

export interface ProposeTimes {
  t: 'propose_times'
  case: string
  times: Proposed[]
  revision: number
  place?: string
}

export interface AnswerTimes {
  t: 'answer_times'
  case: string
  fits: boolean[]
  revision: number
  words?: string
}

export interface NoteTimes {
  t: 'note_times'
  case: string
  party: string
  fits: boolean[]
  revision: number
  words?: string
}

export interface FixTime {
  t: 'fix_time'
  case: string
  time: number
  revision: number
}

export interface MoveTime {
  t: 'move_time'
  case: string
  start: string
  minutes: number
  reason: string
  revision: number
  place?: string
}

export interface CallOff {
  t: 'call_off'
  case: string
  reason: string
  revision: number
}

export interface AskStatement {
  t: 'ask_statement'
  case: string
  why: string
}

export interface ProposeStatement {
  t: 'propose_statement'
  case: string
  party: string
}

export interface DropStatement {
  t: 'drop_statement'
  case: string
  party: string
}

export interface ComeAfterAll {
  t: 'come_after_all'
  case: string
}

export interface AgreeStatements {
  t: 'agree_statements'
  case: string
  agreed: boolean
}

export interface AskIdentity {
  t: 'ask_identity'
  case: string
  party: string
}

export interface AnswerIdentity {
  t: 'answer_identity'
  case: string
  code: string
}

export interface WithdrawStatement {
  t: 'withdraw_statement'
  case: string
}

export interface ReleaseStatement {
  t: 'release_statement'
  case: string
  party: string
}

export interface PresentStatement {
  t: 'present_statement'
  case: string
  party: string
}

export interface HearStatement {
  t: 'hear_statement'
  case: string
  party: string
}

export interface GiveConsent {
  t: 'consent'
  case: string
  point: Consent
  given: boolean
}

export interface Knock {
  t: 'knock'
  case: string
  camera?: boolean
}

export interface Admit {
  t: 'admit'
  case: string
  seat: string
}

export interface VerifyIdentity {
  t: 'verify_identity'
  case: string
  seat: string
}

export interface ConfirmNotice {
  t: 'confirm_notice'
  case: string
}

export interface MoveStage {
  t: 'move_stage'
  case: string
  to: SessionStage
}

export interface GiveFloor {
  t: 'give_floor'
  case: string
  seat: string
  seconds?: number
}

export interface SpeakDone {
  t: 'speak_done'
  case: string
}

export interface RaiseHand {
  t: 'raise_hand'
  case: string
  up: boolean
}

export interface SetMedia {
  t: 'set_media'
  case: string
  media: 'audio' | 'camera' | 'screen'
  on: boolean
}

export interface MuteSeat {
  t: 'mute_seat'
  case: string
  seat: string
  media?: 'audio' | 'camera'
}

export interface AskMedia {
  t: 'ask_media'
  case: string
  seat: string
  media: 'audio' | 'camera'
}

export interface AnswerMedia {
  t: 'answer_media'
  case: string
  media: 'audio' | 'camera'
  on: boolean
}

export interface LockRoom {
  t: 'lock_room'
  case: string
  on: boolean
}

export interface RemoveSeat {
  t: 'remove_seat'
  case: string
  seat: string
}

export interface Say {
  t: 'say'
  case: string
  text: string
  talk?: string | null
}

export interface OpenCaucus {
  t: 'open_caucus'
  case: string
  seats: string[]
}

export interface CloseCaucus {
  t: 'close_caucus'
  case: string
}

export interface SetRecording {
  t: 'set_recording'
  case: string
  on: boolean
  why?: '' | 'call' | 'other' | 'privacy' | 'rest'
  reason?: string
}

export interface LeaveRoom {
  t: 'leave_room'
  case: string
}

export interface EndSession {
  t: 'end_session'
  case: string
  reason?: string
}

export interface Invite {
  t: 'invite'
  case: string
  role: SeatRole
  name?: string
  party?: string
  minutes?: number
  stages?: SessionStage[]
  speciality?: string
  acts?: '' | 'agent' | 'guardian'
  authority?: '' | 'general' | 'special'
  phone?: string
}

export interface WriteLine {
  t: 'write_line'
  case: string
  text: string
  seat?: string
  agreed?: boolean
}

export interface ChangeLine {
  t: 'change_line'
  case: string
  line: number
  revision: number
  text: string
}

export interface StrikeLine {
  t: 'strike_line'
  case: string
  line: number
  on?: boolean
}

export interface ConfirmLines {
  t: 'confirm_lines'
  case: string
  lines: Record<string, number>
}

export interface ObjectToLine {
  t: 'object_to_line'
  case: string
  line: number
  revision: number
  text: string
}

export interface CloseRecord {
  t: 'close_record'
  case: string
  reason?: string
}

export interface WriteOral {
  t: 'write_oral'
  case: string
  matters: string
  facts: string
  content: string
  manner: string
  deadline: string
}

export interface ReadOral {
  t: 'read_oral'
  case: string
  revision: number
}

export interface ConfirmOral {
  t: 'confirm_oral'
  case: string
  hash: string
}

export interface StateOral {
  t: 'state_oral'
  case: string
  seat: string
  hash: string
  reason: string
}

export interface DoubtOral {
  t: 'doubt_oral'
  case: string
  text: string
}

export interface DropOral {
  t: 'drop_oral'
  case: string
}

export interface OpenSession {
  t: 'open_session'
  case: string
}

export interface ConcludeOral {
  t: 'conclude_oral'
  case: string
  hash: string
}

export interface FreezeDraft {
  t: 'freeze'
  case: string
  way?: Way
}

export interface ConfirmClause {
  t: 'confirm_clause'
  case: string
  clause: string
  hash: string
}

export interface ObjectTo {
  t: 'object'
  case: string
  reason: string
  clause?: string
}

export interface AskCode {
  t: 'ask_code'
  case: string
  hash: string
  desk?: boolean
}

export interface AnswerCode {
  t: 'answer_code'
  case: string
  hash: string
  code: string
}

export interface SignAgreement {
  t: 'sign'
  case: string
  hash: string
  strokes: string
  name: string
  intent?: boolean
}

export interface BeginSigning {
  t: 'begin_signing'
  case: string
  hash: string
  key: Uint8Array
  name: string
  intent?: boolean
}

export interface PrepareSignature {
  t: 'prepare_signature'
  case: string
  hash: string
  key: Uint8Array
  proof: Uint8Array
  strokes: string
  name: string
  intent?: boolean
}

export interface CompleteSignature {
  t: 'complete_signature'
  case: string
  ticket: string
  signature: Uint8Array
}

export interface SealAgreement {
  t: 'seal'
  case: string
  hash: string
}

export interface RefuseToSign {
  t: 'refuse_to_sign'
  case: string
}

export interface DropPage {
  t: 'drop_page'
  case: string
  page: number
  leaf: string
}

export interface FilePaper {
  t: 'file_paper'
  case: string
  hash: string
  leaves: string[]
  stated?: boolean
}

export interface MakeRemark {
  t: 'remark'
  case: string
  clause: string
  text?: string
  quote?: string
  wording?: string
}

export interface SettleRemark {
  t: 'settle_remark'
  case: string
  remark: number
  accept?: boolean
}

export interface AnswerRemark {
  t: 'answer_remark'
  case: string
  remark: number
  text: string
}

export interface ReopenRemark {
  t: 'reopen_remark'
  case: string
  remark: number
}

export interface OpenPrivateDraft {
  t: 'open_private_draft'
  case: string
  afresh?: boolean
}

export interface AgreeToBring {
  t: 'agree_to_bring'
  case: string
  digest: string
}

export interface BringBack {
  t: 'bring_back'
  case: string
  digest: string
}

export interface Hello {
  t: 'hello'
  version: number
  language?: string
  window?: string
}

export interface Subscribe {
  t: 'subscribe'
  topic: string
  epoch?: string
  offset?: number
}

export interface Unsubscribe {
  t: 'unsubscribe'
  topic: string
}

export interface Do {
  t: 'do'
  key: string
  command: Command
}

export interface Ask {
  t: 'ask'
  key: string
  what: string
  session: string
  sdp?: string
  revision?: number
  direction?: string
  kinds?: string[]
  client?: number
  document?: string
}

export interface DraftUpdate {
  t: 'draft_update'
  key: string
  session: string
  document: string
  update: Uint8Array
  base?: number | null
}

export interface DraftAwareness {
  t: 'draft_awareness'
  session: string
  document: string
  update: Uint8Array
}

export interface Typing {
  t: 'typing'
  session: string
  on?: boolean
}

export interface CallReport {
  t: 'call_report'
  session: string
  seconds: number
  round_trip?: number
  loss_up?: number
  loss_down?: number
  jitter?: number
  frozen?: number
  concealed?: number
  height?: number
  path?: '' | 'host' | 'prflx' | 'relay' | 'srflx'
  transport?: '' | 'tcp' | 'udp'
}

export interface Ping {
  t: 'ping'
}

export interface Welcome {
  t: 'welcome'
  version: number
  node: string
  now: string
  who: Record<string, unknown>
}

export interface Snapshot {
  t: 'snapshot'
  topic: string
  epoch: string
  offset: number
  doc: Record<string, unknown>
}

export interface Event {
  t: 'event'
  topic: string
  offset: number
  patch: Record<string, unknown>
}

export interface Current {
  t: 'current'
  topic: string
  epoch: string
  offset: number
}

export interface Gone {
  t: 'gone'
  topic: string
  code: string
}

export interface Done {
  t: 'done'
  key: string
  result?: Record<string, unknown>
}

export interface Refused {
  t: 'refused'
  key: string
  code: string
  message: string
  detail?: Record<string, unknown>
  retry?: boolean
}

export interface MediaOffer {
  t: 'media_offer'
  session: string
  revision: number
  sdp: string
}

export interface MediaLayers {
  t: 'media_layers'
  session: string
  layers: number
}

export interface DraftState {
  t: 'draft_state'
  session: string
  document: string
  client: number
  state: Uint8Array
  editable: boolean
  seq: number
}

export interface DraftRemote {
  t: 'draft_remote'
  session: string
  document: string
  update: Uint8Array
  seq: number
}

export interface DraftFindings {
  t: 'draft_findings'
  session: string
  document: string
  findings: Finding[]
}

export interface DraftPresence {
  t: 'draft_presence'
  session: string
  document: string
  update: Uint8Array
}

export interface Pong {
  t: 'pong'
  now: string
}

export type Command =
  | ArchiveFile
  | TakeOutFile
  | WriteDown
  | Classify
  | Dispatch
  | Accept
  | Refuse
  | GiveBack
  | AddParty
  | Withdraw
  | CloseCase
  | AnswerMatter
  | CorrectParty
  | AskData
  | AnswerData
  | DeclineReport
  | TakeUp
  | Escalate
  | AnswerEscalation
  | WithdrawEscalation
  | InviteExpert
  | WithdrawExpert
  | DeclareInterest
  | ExtendExpert
  | RateExpert
  | FillForm
  | AskJoint
  | JoinCase
  | DeclineJoint
  | LeaveJoint
  | ReleaseJoint
  | PlaceHold
  | LiftHold
  | AskDestruction
  | WithdrawDestruction
  | ApproveDestruction
  | MakePage
  | ClosePage
  | SetObligation
  | DropObligation
  | TellReceipt
  | AnswerReceipt
  | NoteReceipt
  | ConfirmReceipt
  | TakeBackReceipt
  | WaiveObligation
  | StateBreach
  | PlanVisit
  | NoteVisit
  | AnswerRating
  | ReleaseWords
  | RenewCode
  | ReportRisk
  | WithdrawRisk
  | SendRiskAgain
  | ProposeTimes
  | AnswerTimes
  | NoteTimes
  | FixTime
  | MoveTime
  | CallOff
  | AskStatement
  | ProposeStatement
  | DropStatement
  | ComeAfterAll
  | AgreeStatements
  | AskIdentity
  | AnswerIdentity
  | WithdrawStatement
  | ReleaseStatement
  | PresentStatement
  | HearStatement
  | GiveConsent
  | Knock
  | Admit
  | VerifyIdentity
  | ConfirmNotice
  | MoveStage
  | GiveFloor
  | SpeakDone
  | RaiseHand
  | SetMedia
  | MuteSeat
  | AskMedia
  | AnswerMedia
  | LockRoom
  | RemoveSeat
  | Say
  | OpenCaucus
  | CloseCaucus
  | SetRecording
  | LeaveRoom
  | EndSession
  | Invite
  | WriteLine
  | ChangeLine
  | StrikeLine
  | ConfirmLines
  | ObjectToLine
  | CloseRecord
  | WriteOral
  | ReadOral
  | ConfirmOral
  | StateOral
  | DoubtOral
  | DropOral
  | OpenSession
  | ConcludeOral
  | FreezeDraft
  | ConfirmClause
  | ObjectTo
  | AskCode
  | AnswerCode
  | SignAgreement
  | BeginSigning
  | PrepareSignature
  | CompleteSignature
  | SealAgreement
  | RefuseToSign
  | DropPage
  | FilePaper
  | MakeRemark
  | SettleRemark
  | AnswerRemark
  | ReopenRemark
  | OpenPrivateDraft
  | AgreeToBring
  | BringBack

export type ClientMessage =
  | Hello
  | Subscribe
  | Unsubscribe
  | Do
  | Ask
  | DraftUpdate
  | DraftAwareness
  | Typing
  | CallReport
  | Ping

export type ServerMessage =
  | Welcome
  | Snapshot
  | Event
  | Current
  | Gone
  | Done
  | Refused
  | MediaOffer
  | MediaLayers
  | DraftState
  | DraftRemote
  | DraftFindings
  | DraftPresence
  | Pong

export const PROTOCOL_VERSION = 1
