"""A storm over the hub: people write, read, whisper and lose their rights, and meanwhile servers are killed, sockets cut, Redis and
PostgreSQL crashed.

`ground` is what everybody stands on, `page` a page that stays; the scenes `centre`, `room`, `rights`, `presence` and `drafting` each have people of their
own and say what must hold; `weather` blows and counts, on the installations of `kinds`.

Afterwards, in the calm, must hold:
* every command that was acknowledged happened exactly once, however often it was sent again; one that was refused never;
* every page has seen every event of its topics in order, none missing and none twice, or was honestly given a fresh snapshot;
* what each page put together from snapshot and events equals a fresh snapshot;
* no byte of a private talk reached anybody outside, and no telephone number anybody;
* whoever lost the right to read read nothing more two seconds later, and whoever got it back reads again;
* everybody's copy of the draft reads the same, nothing in it twice, nothing lost that was acknowledged, nothing stored that was refused;
* who is shown as present is connected, and nobody else, on whichever node one asks.

The seed decides which trouble comes when; times are the machine's, so that a run can be repeated in its troubles but not in its races.
"""
