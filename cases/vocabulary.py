"""Every role, standing, stage and action of the house, each once. Values are what goes over the wire and into the ledger."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account is employed as (岗位)."""

    CENTRE = "centre"  # 综治中心
    MEDIATOR = "mediator"  # 调解员
    GRID_WORKER = "grid_worker"  # 网格员
    EXPERT = "expert"  # 专家
    RESIDENT = "resident"  # 居民
    WALL = "wall"  # 大屏
    SYSTEM_ADMIN = "system_admin"  # 系统管理员: who there is
    SECURITY_ADMIN = "security_admin"  # 安全管理员: who may come in
    AUDIT_ADMIN = "audit_admin"  # 审计管理员: what the two did


OFFICE_ROLES = (Role.CENTRE, Role.MEDIATOR, Role.GRID_WORKER, Role.EXPERT)
"""Roles of those who work on cases."""
TAKING_ROLES = (Role.MEDIATOR, Role.GRID_WORKER)
"""Roles of those who take cases, which are then numbered under their organisation's short name."""
ADMIN_ROLES = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
"""The three administrators (三员分立, GB/T 22239-2019, 8.1.5). An account has one role, and so never two of them, nor one of them and cases."""
STAFF_ROLES = OFFICE_ROLES + ADMIN_ROLES
"""Roles that an account may be given."""


class Duty(StrEnum):
    """What administrators do; the rows of their own table of permissions."""

    SEE_ACCOUNTS = "see_accounts"
    CREATE_ACCOUNT = "create_account"
    ALTER_ACCOUNT = "alter_account"  # name, organisation, region, role
    KEEP_ORGANISATIONS = "keep_organisations"  # made, and altered
    SEE_SIGN_INS = "see_sign_ins"
    END_SIGN_INS = "end_sign_ins"
    LOCK_ACCOUNT = "lock_account"
    UNLOCK_ACCOUNT = "unlock_account"
    RESET_ACCOUNT = "reset_account"  # password and second factor
    READ_LOG = "read_log"
    READ_DELIVERIES = "read_deliveries"  # of the county's notices
    KEEP_CALENDAR = "keep_calendar"
    KEEP_RETENTION = "keep_retention"


class PoolDuty(StrEnum):
    """What people of the office do with the pool of experts; the rows of its own table of permissions."""

    SEE_EXPERTS = "see_experts"
    KEEP_EXPERTS = "keep_experts"  # entered, and altered
    CALL_EXPERTS = "call_experts"  # see a telephone whole


class WallDuty(StrEnum):
    """What is done with the wall (大屏) of a county or a township; the rows of its own table of permissions."""

    SEE_WALL = "see_wall"
    OPEN_LISTS = "open_lists"  # the cases that a number counts
    LINK_WALL = "link_wall"  # make the link by which a screen shows it, and end what shows it


class Act(StrEnum):
    """What the log of administrators and sign-ins tells."""

    SIGNED_IN = "signed_in"
    ATTEMPT_FAILED = "attempt_failed"  # a wrong password or code
    LOCKED_OUT = "locked_out"  # for a quarter of an hour, after five of them
    SIGNED_OUT = "signed_out"
    SIGN_INS_ENDED = "sign_ins_ended"
    PASSWORD_CHOSEN = "password_chosen"  # noqa: S105
    FACTOR_ON = "factor_on"
    FACTOR_OFF = "factor_off"
    CODES_RENEWED = "codes_renewed"
    PROVIDER_LINKED = "provider_linked"  # to a person of the identity provider
    PROVIDER_UNLINKED = "provider_unlinked"
    CREATED = "created"
    ALTERED = "altered"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    RESET = "reset"
    ORGANISATION_MADE = "organisation_made"
    ORGANISATION_ALTERED = "organisation_altered"
    CALENDAR_ALTERED = "calendar_altered"
    RETENTION_ALTERED = "retention_altered"
    DESTRUCTION_ASKED = "destruction_asked"  # of a case's recordings
    DESTRUCTION_UNDONE = "destruction_undone"
    RECORDINGS_DESTROYED = "recordings_destroyed"
    ERASURE_ASKED = "erasure_asked"  # of a case's file
    ERASURE_UNDONE = "erasure_undone"
    CASE_ERASED = "case_erased"
    CASE_REVEALED = "case_revealed"  # personal data of a party, shown whole
    REGISTERED = "registered"  # a resident, with consent to the privacy notice
    CONSENTED = "consented"  # to a newer privacy notice
    NAME_CORRECTED = "name_corrected"
    NUMBER_CHANGED = "number_changed"
    MATTER_CLAIMED = "matter_claimed"
    DATA_EXPORTED = "data_exported"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    ACCOUNT_DELETED = "account_deleted"
    EXPERT_ENTERED = "expert_entered"
    EXPERT_ALTERED = "expert_altered"
    EXPERT_REVEALED = "expert_revealed"  # the telephone, shown whole
    REFERRER_MADE = "referrer_made"  # a system that refers cases
    REFERRER_RENEWED = "referrer_renewed"  # with another secret
    REFERRER_ENDED = "referrer_ended"
    WALL_LINK_MADE = "wall_link_made"  # by which screens show the wall of a region
    WALL_LINK_ENDED = "wall_link_ended"
    REGION_MADE = "region_made"
    REGION_ALTERED = "region_altered"  # name, or whether it is on trial and counts in no statistics
    FEED_MADE = "feed_made"  # the address at which a calendar reads an account's appointments
    FEED_ENDED = "feed_ended"
    CONTACT_ALTERED = "contact_altered"  # where an account's notices go
    SOUGHT_BY_NUMBER = "sought_by_number"  # cases, by a telephone or an identity number that was typed whole
    WORK_ALTERED = "work_altered"  # what an account knows of, and its absence


class Standing(StrEnum):
    """What somebody is to one particular case; the column of the permissions table."""

    CENTRE = "centre"  # the governance centre that the case's region belongs to
    OFFEREE = "offeree"  # a mediator or grid worker to whom the order is offered
    ASSIGNEE = "assignee"  # the mediator or grid worker who accepted
    ASKED = "asked"  # a mediator or grid worker whose organisation is asked to join the mediation
    ASSISTANT = "assistant"  # who has joined it (协办)
    REPORTER = "reporter"  # whoever reported
    PARTY = "party"  # a party in the room
    LINKED = "linked"  # a party by the link to its own page, without a seat
    EXPERT = "expert"  # an expert in the room
    OBSERVER = "observer"
    RECORDER = "recorder"  # keeps the written record beside the mediator
    DEVICE = "device"  # a camera or a screen of the house, without a person
    PUBLIC = "public"  # whoever holds the case's public code
    SYSTEM = "system"  # the server itself: clocks, media workers


class CaseStage(StrEnum):
    REPORTED = "reported"  # 已收到
    DISPATCHED = "dispatched"  # 已分派
    ACCEPTED = "accepted"  # 已接单
    MEDIATING = "mediating"  # 调解中
    AGREED = "agreed"  # 协议已生效
    FAILED = "failed"  # 未达成
    CLOSED = "closed"  # 已结案
    WITHDRAWN = "withdrawn"  # 已撤回
    DECLINED = "declined"  # 不予受理


class DeclineReason(StrEnum):
    """Why the centre does not take up a report."""

    SAME = "same"  # 重复: the matter was reported before
    ELSEWHERE = "elsewhere"  # 不属于受理范围: another authority or the court handles it
    UNCLEAR = "unclear"  # 无法办理: nobody can tell what it is about, and nobody answers


class MatterOutcome(StrEnum):
    """What came of a livelihood matter."""

    DONE = "done"  # 已办成
    EXPLAINED = "explained"  # 已解释说明: nothing is to be done, and why
    ELSEWHERE = "elsewhere"  # 请找别的部门: who can do it


class SessionStage(StrEnum):
    """The ten steps of a mediation session, in order (domain: Stages of a session)."""

    IDENTITY = "identity"  # 核验身份
    NOTICE = "notice"  # 告知
    STATEMENTS = "statements"  # 陈述
    EVIDENCE = "evidence"  # 质证
    CAUCUS = "caucus"  # 背对背
    OPTIONS = "options"  # 方案
    DRAFTING = "drafting"  # 起草
    CONFIRMATION = "confirmation"  # 确认
    SIGNING = "signing"  # 签名
    ARCHIVE = "archive"  # 归档


STAGE_NAMES: dict[SessionStage, str] = {
    SessionStage.IDENTITY: "核验身份",
    SessionStage.NOTICE: "告知",
    SessionStage.STATEMENTS: "各自陈述",
    SessionStage.EVIDENCE: "质证",
    SessionStage.CAUCUS: "背对背",
    SessionStage.OPTIONS: "商量方案",
    SessionStage.DRAFTING: "起草协议",
    SessionStage.CONFIRMATION: "逐条确认",
    SessionStage.SIGNING: "签名",
    SessionStage.ARCHIVE: "归档",
}
"""As they stand in what is filed: the written record and the film, whatever language a page is in."""


PAUSES: dict[str, str] = {"rest": "休息", "privacy": "涉及隐私", "call": "接电话", "other": "其他"}
"""Why a mediator pauses the recording, as it stands in what is filed."""


class SeatRole(StrEnum):
    MEDIATOR = "mediator"
    PARTY = "party"
    CO_MEDIATOR = "co_mediator"  # of a joint mediation, beside who leads it
    EXPERT = "expert"
    OBSERVER = "observer"
    RECORDER = "recorder"
    DEVICE = "device"


class SeatState(StrEnum):
    INVITED = "invited"  # the link was made, nobody has come
    LOBBY = "lobby"  # waiting to be admitted
    ADMITTED = "admitted"
    LEFT = "left"  # may come back by the same link for 24 hours
    REMOVED = "removed"


class Consent(StrEnum):
    """Each is asked by itself, at the door, and can be changed (在线调解规则 4, 22; 人民调解法 20; 电子签名法 3)."""

    ONLINE = "online"
    RECORDING = "recording"
    CAUCUS = "caucus_recording"  # of private talks, each a recording of its own
    SIGNATURE = "signature"
    EXPERT = "expert"


class ExpertKind(StrEnum):
    """What an expert of the pool (多元化解专家库) is."""

    GRID_WORKER = "grid_worker"  # 网格员
    MEDIATOR = "mediator"  # 专职调解员
    PSYCHOLOGIST = "psychologist"  # 心理咨询师
    LAWYER = "lawyer"  # 律师
    RETIRED_JUDGE = "retired_judge"  # 退休法官
    DOCTOR = "doctor"  # 医学专家
    ENGINEER = "engineer"  # 工程技术专家
    TRADE = "trade"  # 行业专家: of another trade


class Mediation(StrEnum):
    """To which mediation an expert belongs."""

    PEOPLE = "people"  # 人民调解
    ADMINISTRATIVE = "administrative"  # 行政调解
    JUDICIAL = "judicial"  # 司法调解


class Tongue(StrEnum):
    MANDARIN = "mandarin"  # 普通话
    DIALECT = "dialect"  # 方言
    OTHER = "other"  # another language, or signs


class InvitationState(StrEnum):
    """Of an expert's invitation to one session."""

    SENT = "sent"  # 已邀请
    ACCEPTED = "accepted"  # 已答应, with no conflict of interest
    DECLINED = "declined"  # 已谢绝
    CONFLICT = "conflict"  # 有利害关系
    SEATED = "seated"  # 已入席
    DONE = "done"  # 已结束
    EXPIRED = "expired"  # 已过期
    WITHDRAWN = "withdrawn"  # 已撤回


class ShareState(StrEnum):
    """Of an organisation's share in a joint mediation (联合调解)."""

    ASKED = "asked"  # 已邀请
    JOINED = "joined"  # 协办中
    DECLINED = "declined"  # 已谢绝, by the last of those who were asked
    LEFT = "left"  # 已退出
    RELEASED = "released"  # 已解除, or the request was taken back
    ENDED = "ended"  # 已结束: it was not answered before the mediation ended, or the case went to another lead


class IdentityCheck(StrEnum):
    """How the centre made sure that somebody is who he says."""

    IN_PERSON = "in_person"
    BY_CALL = "by_call"


class EscalationState(StrEnum):
    """Of a case that its lead has brought before the centre (上报)."""

    OPEN = "open"  # 待答复
    INSTRUCTED = "instructed"  # 已批示: the lead goes on
    TAKEN = "taken"  # 已提级办理: the case went back to the centre
    WITHDRAWN = "withdrawn"  # 已撤回
    LAPSED = "lapsed"  # the mediation ended, or the case went back, before it was answered


class Term(StrEnum):
    """The rule by which a date was counted, kept beside it."""

    DISPATCH = "dispatch"  # one working day from the receipt: practice of centres, no statute
    ANSWER = "answer"  # three working days from the offer (在线调解规则 10, 12)
    MEDIATION = "mediation"  # one month from acceptance (人民调解工作若干规定 33)


class NoticeKind(StrEnum):
    """What somebody is told of without asking (通知)."""

    DISPATCH_DUE = "dispatch_due"
    CASE_UNDISPATCHED = "case_undispatched"
    ORDER_OFFERED = "order_offered"
    ORDER_DUE = "order_due"
    ORDER_UNANSWERED = "order_unanswered"
    CASE_RETURNED = "case_returned"
    REPORT_DECLINED = "report_declined"
    REPORT_TAKEN_UP = "report_taken_up"
    MATTER_ANSWERED = "matter_answered"
    CASE_DUE = "case_due"
    CASE_OVERDUE = "case_overdue"
    JOINT_ASKED = "joint_asked"
    JOINT_ANSWERED = "joint_answered"
    JOINT_ENDED = "joint_ended"
    CASE_ESCALATED = "case_escalated"
    ESCALATION_ANSWERED = "escalation_answered"
    ESCALATION_TAKEN = "escalation_taken"
    SESSION_BEGINS = "session_begins"
    CODE_RENEWED = "code_renewed"
    CASE_WITHDRAWN = "case_withdrawn"
    FILE_TAKEN_OUT = "file_taken_out"  # of the archive, to be put right
    DESTRUCTION_ASKED = "destruction_asked"  # a second person's word is waited for
    ENTRY_CODES_SPENT = "entry_codes_spent"
    OBLIGATION_DUE = "obligation_due"
    OBLIGATION_OVERDUE = "obligation_overdue"
    RISK_NOT_TAKEN = "risk_not_taken"
    DATA_ASKED = "data_asked"
    DATA_ANSWERED = "data_answered"
    TIMES_PROPOSED = "times_proposed"
    TIMES_ANSWERED = "times_answered"
    SESSION_FIXED = "session_fixed"
    SESSION_MOVED = "session_moved"
    SESSION_CALLED_OFF = "session_called_off"
    SESSION_TOMORROW = "session_tomorrow"
    SESSION_SOON = "session_soon"
    STATEMENT_PROPOSED = "statement_proposed"
    STATEMENT_OPEN = "statement_open"
    STATEMENT_GIVEN = "statement_given"


class Channel(StrEnum):
    """How somebody is told."""

    PAGE = "page"
    EMAIL = "email"
    SMS = "sms"
    WECHAT = "wechat"


class DisputeKind(StrEnum):
    DISPUTE = "dispute"  # 矛盾纠纷
    MATTER = "matter"  # 民生事项


SIDES = ("applicant", "respondent")
"""Of a dispute; a party stands on one of them."""


class DispatchMode(StrEnum):
    ASSIGN = "assign"  # 交办: the centre keeps the supervision
    HAND_OVER = "hand_over"  # 转办: the supervision goes along


class Action(StrEnum):
    # the case
    SEE_CASE = "see_case"
    HEAR_REPORT = "hear_report"  # what was told by voice
    WRITE_DOWN = "write_down"  # the same, in words
    SEE_PUBLIC = "see_public"
    CLASSIFY = "classify"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    REFUSE = "refuse"
    GIVE_BACK = "give_back"
    WITHDRAW = "withdraw"
    DECLINE_REPORT = "decline_report"
    TAKE_UP = "take_up"  # what was declined
    RENEW_CODE = "renew_code"  # the public code is revoked, and another one made
    ANSWER_MATTER = "answer_matter"  # what came of a livelihood matter
    ADD_MATERIAL = "add_material"
    ASK_DATA = "ask_data"
    ANSWER_DATA = "answer_data"
    SEE_MATTER = "see_matter"  # as a line among the resident's own cases
    COME_BY_ACCOUNT = "come_by_account"  # to the own place in the session
    ADD_PARTY = "add_party"
    CORRECT_PARTY = "correct_party"
    OPEN_SESSION = "open_session"
    INVITE = "invite"
    REVOKE_LINK = "revoke_link"
    CLOSE_CASE = "close_case"
    MARK_UNANSWERED = "mark_unanswered"
    WATCH_TERMS = "watch_terms"
    RECOUNT = "recount"
    EXPORT_EVIDENCE = "export_evidence"
    TAKE_OWN_COPY = "take_own_copy"
    REVEAL = "reveal"
    WATCH = "watch"
    SEE_WATCHINGS = "see_watchings"
    SEE_DELIVERIES = "see_deliveries"  # who was told of what, and whether it came
    SEE_PAST = "see_past"  # the case as it stood at any time
    HOLD = "hold"
    ASK_DESTRUCTION = "ask_destruction"
    WITHDRAW_DESTRUCTION = "withdraw_destruction"
    APPROVE_DESTRUCTION = "approve_destruction"
    DESTROY = "destroy"  # by an organisation's policy
    # before the centre (上报)
    ESCALATE = "escalate"
    WITHDRAW_ESCALATION = "withdraw_escalation"
    ANSWER_ESCALATION = "answer_escalation"
    TAKE_OVER = "take_over"  # 提级办理: what the answer makes of the case's stage
    # joint mediation
    ASK_JOINT = "ask_joint"
    JOIN = "join"
    DECLINE_JOINT = "decline_joint"
    LEAVE_JOINT = "leave_joint"
    RELEASE_JOINT = "release_joint"
    # when people meet
    SCHEDULE = "schedule"
    ANSWER_TIMES = "answer_times"
    SEE_SCHEDULE = "see_schedule"
    SEND_PAGE = "send_page"  # make, or withdraw, a party's link to its own page
    SEE_OWN_PAGE = "see_own_page"
    COME_BY_PAGE = "come_by_page"  # from there to the own place in the session
    REMIND_OF_SESSION = "remind_of_session"
    # statements of who cannot come
    ASK_STATEMENT = "ask_statement"
    PROPOSE_STATEMENT = "propose_statement"
    AGREE_STATEMENTS = "agree_statements"
    CHECK_STATEMENT = "check_statement"  # who gives it
    GIVE_STATEMENT = "give_statement"
    RELEASE_STATEMENT = "release_statement"
    READ_STATEMENT = "read_statement"
    PRESENT_STATEMENT = "present_statement"
    # after the agreement
    SEE_PERFORMANCE = "see_performance"
    KEEP_SCHEDULE = "keep_schedule"
    TELL_RECEIPT = "tell_receipt"
    NOTE_RECEIPT = "note_receipt"
    STATE_BREACH = "state_breach"
    FOLLOW_UP = "follow_up"
    MARK_OVERDUE = "mark_overdue"
    # experts of the pool
    CHOOSE_EXPERT = "choose_expert"
    INVITE_EXPERT = "invite_expert"
    DECLARE_INTEREST = "declare_interest"
    RATE_EXPERT = "rate_expert"
    # the risk platform
    SEE_RISK = "see_risk"
    REPORT_RISK = "report_risk"
    WITHDRAW_RISK = "withdraw_risk"
    SEND_RISK_AGAIN = "send_risk_again"
    # the paper file
    SEE_FILE = "see_file"
    FILL_FORM = "fill_form"
    ARCHIVE_FILE = "archive_file"
    TAKE_OUT_FILE = "take_out_file"
    # what people thought of it
    RATE = "rate"
    SEE_RATINGS = "see_ratings"
    ANSWER_RATING = "answer_rating"
    # the session
    ENTER = "enter"
    CONSENT = "consent"
    ADMIT = "admit"
    VERIFY_IDENTITY = "verify_identity"
    PROVE_IDENTITY = "prove_identity"
    CONFIRM_NOTICE = "confirm_notice"
    MOVE_STAGE = "move_stage"
    GIVE_FLOOR = "give_floor"
    MUTE_OTHER = "mute_other"
    ASK_MEDIA = "ask_media"
    LOCK_ROOM = "lock_room"
    REMOVE_SEAT = "remove_seat"
    CAUCUS = "caucus"
    RECORD = "record"
    END_SESSION = "end_session"
    CHAT = "chat"
    RAISE_HAND = "raise_hand"
    PUBLISH_MEDIA = "publish_media"
    SPEAK_DONE = "speak_done"
    LEAVE = "leave"
    WRITE_RECORD = "write_record"
    CLOSE_RECORD = "close_record"
    CONFIRM_RECORD = "confirm_record"
    SEE_RECORD = "see_record"
    # the agreement
    SEE_AGREEMENT = "see_agreement"
    EDIT_DRAFT = "edit_draft"
    PRIVATE_DRAFT = "private_draft"
    AGREE_TO_BRING = "agree_to_bring"
    BRING_BACK = "bring_back"
    KEEP_CLAUSE = "keep_clause"
    REMARK = "remark"
    FREEZE = "freeze"
    CONFIRM_CLAUSE = "confirm_clause"
    OBJECT = "object"
    SIGN = "sign"
    SEE_CODES = "see_codes"
    SEAL = "seal"
    FILE_PAPER = "file_paper"
    SEE_CERTIFICATE = "see_certificate"
    RECORD_ORAL = "record_oral"
    CONFIRM_ORAL = "confirm_oral"


class RiskLevel(StrEnum):
    """How near a dispute is to violence, as the office judges it."""

    RED = "red"  # 红: somebody must go there now
    ORANGE = "orange"  # 橙: likely
    BLUE = "blue"  # 蓝: to be watched


class RiskReason(StrEnum):
    """Why, beside the sentence that whoever reports writes."""

    THREAT = "threat"  # 扬言伤人、放火等
    VIOLENCE = "violence"  # 已经动手，或者带了凶器
    FAMILY = "family"  # 家庭暴力，或者婚恋纠纷走极端的苗头
    SELF_HARM = "self_harm"  # 自伤、自杀的苗头
    REPEATED = "repeated"  # 反复激化，多次报警
    CROWD = "crowd"  # 可能聚众冲突
    OTHER = "other"


class RiskState(StrEnum):
    """What became of a version of a report at the risk platform."""

    UNCONNECTED = "unconnected"  # there is no platform: the office reports it by its other ways
    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # trying again cannot help
    DEAD = "dead"  # tried for days in vain, and given up


class Mark(StrEnum):
    """What somebody found good about a mediation, beside the score."""

    FAIR = "fair"  # 公道
    PATIENT = "patient"  # 耐心
    CLEAR = "clear"  # 讲得清楚
    QUICK = "quick"  # 及时


DISPUTE_TYPES: tuple[str, ...] = (
    "婚姻家庭", "邻里", "房屋宅基地", "合同", "生产经营", "损害赔偿", "山林土地", "征地拆迁", "环境污染", "劳动争议", "消费", "医疗",
    "道路交通事故", "物业", "旅游", "知识产权", "互联网", "其他",
    "拖欠农民工工资", "电子商务", "校园", "金融", "养老赡养/继承",
)  # fmt: skip

OTHER_TYPE = "其他"
"""Of those, what is none of the rest. A wall counts it among 其他各类, which would read alike beside it."""

SENSITIVE_TYPES = frozenset({"婚姻家庭", "养老赡养/继承", "医疗"})
"""Types that the public page calls 民事纠纷, so that a neighbour with the code does not learn what kind of trouble it is."""

CASE_SOURCES: tuple[str, ...] = (
    "当事人申请", "人民调解委员会主动调解", "网格员排查", "公安机关移交", "人民法院委派/委托", "信访转办", "12345转办", "政府部门指定", "其他",
)  # fmt: skip
