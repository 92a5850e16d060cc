"""What people ask of a mediation session. Each is a wire message (tag `t`) and carries the case it is about."""

from __future__ import annotations

from typing import Literal

import msgspec

from cases.vocabulary import Consent, SeatRole, SessionStage

Media = Literal["audio", "camera", "screen"]


class _Base(msgspec.Struct, tag_field="t", forbid_unknown_fields=True):
    case: str


class OpenSession(_Base, tag="open_session"):
    """The accepted case gets a room; the mediator sits in it at once."""


class Invite(_Base, tag="invite"):
    """Make a link for one more seat. `minutes` limits an expert's stay, `stages` where the expert may be present. `acts`: not the party sits there but `name`, who
    acts for it (`cases.acting`), with an agent's `authority` and, for one-time codes, a telephone."""

    role: SeatRole
    name: str = ""
    party: str = ""
    minutes: int = 10
    stages: list[SessionStage] = []
    speciality: str = ""
    acts: Literal["", "guardian", "agent"] = ""
    authority: Literal["", "general", "special"] = ""
    phone: str = ""


class GiveConsent(_Base, tag="consent"):
    point: Consent
    given: bool


class Knock(_Base, tag="knock"):
    """From the device check into the lobby."""

    camera: bool = True


class Admit(_Base, tag="admit"):
    seat: str


class VerifyIdentity(_Base, tag="verify_identity"):
    """The mediator compared the card with the face on video."""

    seat: str


class ConfirmNotice(_Base, tag="confirm_notice"):
    pass


class MoveStage(_Base, tag="move_stage"):
    to: SessionStage


class GiveFloor(_Base, tag="give_floor"):
    """`seat` empty takes the floor back. `seconds` is the time that the clock shows, 0 without a limit."""

    seat: str
    seconds: int = 180


class SpeakDone(_Base, tag="speak_done"):
    pass


class RaiseHand(_Base, tag="raise_hand"):
    up: bool


class SetMedia(_Base, tag="set_media"):
    """One's own microphone, camera or screen on or off."""

    media: Media
    on: bool


class MuteSeat(_Base, tag="mute_seat"):
    """The mediator can switch somebody's microphone or camera off; only the person can switch it on again."""

    seat: str
    media: Literal["audio", "camera"] = "audio"


class AskMedia(_Base, tag="ask_media"):
    """The mediator asks somebody to switch the microphone or camera on; nothing is switched on by that."""

    seat: str
    media: Literal["audio", "camera"]


class AnswerMedia(_Base, tag="answer_media"):
    """The answer of who was asked: on, or not now."""

    media: Literal["audio", "camera"]
    on: bool


class LockRoom(_Base, tag="lock_room"):
    """A locked session takes nobody new into the lobby; whoever was admitted before comes back all the same."""

    on: bool


class RemoveSeat(_Base, tag="remove_seat"):
    seat: str


class Say(_Base, tag="say"):
    """A line in the chat; inside a caucus it stays there. `talk` is where it was written: the caucus' id, empty for everybody's talk. A line
    that waited until that talk was over is refused, so that nothing said in private is told to everybody. Without it, it goes where the seat is."""

    text: str
    talk: str | None = None


class OpenCaucus(_Base, tag="open_caucus"):
    seats: list[str]


class CloseCaucus(_Base, tag="close_caucus"):
    pass


class SetRecording(_Base, tag="set_recording"):
    """Pause the recording, or go on with it. A pause needs its `why`, which everybody in the room reads; `reason` puts it in words, and is needed for other ones."""

    on: bool
    why: Literal["", "rest", "privacy", "call", "other"] = ""
    reason: str = ""


class LeaveRoom(_Base, tag="leave_room"):
    pass


class EndSession(_Base, tag="end_session"):
    """With an agreement in force the session closes, and `reason` may be empty. Without one it is needed: the case has failed, and the
    parties are told their other ways (人民调解法 26)."""

    reason: str = ""


class WriteLine(_Base, tag="write_line"):
    """A line for the written record: what `seat` said (empty: a remark), or with `agreed` what nobody disputes."""

    text: str
    seat: str = ""
    agreed: bool = False


class ChangeLine(_Base, tag="change_line"):
    """Reword a line that the mediator wrote. `revision` is that of the wording which was read."""

    line: int
    revision: int
    text: str


class StrikeLine(_Base, tag="strike_line"):
    """Take a line out of the written record, or with `on` false put it back."""

    line: int
    on: bool = True


class ConfirmLines(_Base, tag="confirm_lines"):
    """A party has read these lines (number → revision) and finds them right. All or nothing."""

    lines: dict[str, int]


class ObjectToLine(_Base, tag="object_to_line"):
    """A party finds that a line is not right, and says what is."""

    line: int
    revision: int
    text: str


class CloseRecord(_Base, tag="close_record"):
    """For good. `reason` is needed while a party has not answered every line."""

    reason: str = ""


class WriteOral(_Base, tag="write_oral"):
    """What is agreed by word of mouth (口头协议, 人民调解法 28), in short. Whatever was confirmed before is void."""

    matters: str
    facts: str
    content: str
    manner: str
    deadline: str


class ReadOral(_Base, tag="read_oral"):
    """The mediator has read this revision aloud to everybody."""

    revision: int


class ConfirmOral(_Base, tag="confirm_oral"):
    """A party agrees to exactly the text with this hash, and needs nothing in writing."""

    hash: str


class StateOral(_Base, tag="state_oral"):
    """The mediator states that a party without a device has agreed, and why it is not confirmed from one."""

    seat: str
    hash: str
    reason: str


class DoubtOral(_Base, tag="doubt_oral"):
    """Something is not right: back to the mediator, and every confirmation is void."""

    text: str


class DropOral(_Base, tag="drop_oral"):
    """Not by word of mouth after all."""


class ConcludeOral(_Base, tag="conclude_oral"):
    """Everybody has confirmed: the form is made, and the case ends as agreed."""

    hash: str


OralCommand = WriteOral | ReadOral | ConfirmOral | StateOral | DoubtOral | DropOral
RecordCommand = WriteLine | ChangeLine | StrikeLine | ConfirmLines | ObjectToLine | CloseRecord
RoomCommand = (
    GiveConsent | Knock | Admit | VerifyIdentity | ConfirmNotice | MoveStage | GiveFloor | SpeakDone | RaiseHand | SetMedia | MuteSeat
    | AskMedia | AnswerMedia | LockRoom | RemoveSeat | Say | OpenCaucus | CloseCaucus | SetRecording | LeaveRoom | EndSession | Invite
    | WriteLine | ChangeLine | StrikeLine | ConfirmLines | ObjectToLine | CloseRecord
    | WriteOral | ReadOral | ConfirmOral | StateOral | DoubtOral | DropOral
)  # fmt: skip
