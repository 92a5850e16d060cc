"""The composition root: the parts of the running system are made here and put together, and closed in the reverse order."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from cases.clock import SystemClock
from cases.delivery import parse_quiet_hours
from cases.ports import Notifier
from cases.vocabulary import Channel
from evidence.bundle import has_sm3
from realtime import audience, patch
from realtime.address import trusted_networks
from realtime.backplane import MemoryBackplane
from realtime.endpoint import protocol
from realtime.hub import Hub
from realtime.messages import Ask, CallReport, DraftAwareness, DraftUpdate, Typing
from realtime.readers import Readers
from realtime.redis_backplane import RedisBackplane
from signaling.turn import parse_urls
from storage.bucket import Bucket
from storage.calls import CallStore
from storage.case_sealing import seal_what_is_plain
from storage.clauses import ClauseStore
from storage.contacts import seal_plain_contacts
from storage.database import close_database, is_outage, open_database
from storage.erasing import ClearingAway
from storage.outbox import Outbox
from storage.provider_links import ProviderLinkStore
from storage.reading import Reader
from storage.recordings import RecordingStore
from storage.referrers import Referrers
from storage.risk_queue import RiskQueue
from storage.sealed_blobs import SealedBlobs, seal_plain_blobs
from storage.sealing import derived
from storage.segment_books import SegmentBooks, lately_written
from storage.shelf import RecordingShelf
from storage.sweeping import Sweep, referred
from storage.uploads import Uploads
from storage.wechat_consents import WechatConsents
from storage.work import Store
from storage.wrapping import Keyring
from storage.writer import Writer
from web.app import build
from web.archiving import ArchiveDesk
from web.asks import Asks
from web.beside import BESIDE_ROUTES
from web.bucket import blobs_of, bucket_of
from web.calls import CALL_ROUTES, CallDesk
from web.ceremony import CeremonyDesk
from web.certificates import CertificateDesk
from web.clauses import ClauseDesk
from web.clock_health import read_clock_health
from web.clockwork import Clockwork
from web.code_ways import code_ways, proof_way
from web.composite import Films
from web.confirmation import ConfirmationDesk
from web.courier import Courier
from web.declining import DecliningDesk
from web.deliveries import DELIVERY_ROUTES
from web.desk import CommandDesk
from web.devices import Devices
from web.doors import Doors
from web.drafting import DraftDesk
from web.engines import advertised, engines_of
from web.entering import ENTRY_ROUTES, note_spent
from web.escalations import EscalationDesk
from web.evidence import EVIDENCE_ROUTES, BundleDesk
from web.expert_desk import ExpertDesk
from web.experts import EXPERT_ROUTES
from web.filing import FilingDesk
from web.flags import Flags
from web.glyphs import GlyphCheck
from web.guidance import GUIDANCE_ROUTES
from web.handouts import HandoutDesk
from web.history import HISTORY_ROUTES
from web.house import House
from web.http_server import configuration
from web.identity import IdentityDesk
from web.identity_remote import identity_of
from web.joint import JointDesk
from web.keeping import KeepingDesk
from web.keeping_status import KEEPING_ROUTES
from web.keys import installation_of, load_key
from web.materials import MATERIAL_ROUTES
from web.matters import MATTER_ROUTES
from web.media import MediaRooms
from web.media_desk import MediaDesk
from web.media_nodes import MediaNodes
from web.media_registry import MediaRegistry
from web.moving import Mover
from web.node_tls import server_side
from web.nodes import Nodes
from web.notices import NoticeDesk
from web.notifiers import PageNotifier
from web.oidc.doors import ProviderDoors
from web.oidc.pages import OidcPages
from web.oidc.provider import provider_of
from web.operator import OPERATOR_ROUTES
from web.oral import OralDesk
from web.own_pages import PageDesk
from web.own_routes import PAGE_ROUTES
from web.paper import PaperDesk
from web.paper_pages import PaperPages
from web.papers import PAPER_ROUTES
from web.past import PAST_ROUTES
from web.performance import PerformanceDesk
from web.performance_photos import PERFORMANCE_ROUTES
from web.playback import Playback
from web.pool import MendingPool
from web.pool_process import make_pool, warm
from web.private_drafts import PrivateDraftDesk
from web.providers import providers_of
from web.rating_routes import rating_routes
from web.ratings import RatingDesk, RatingTokens
from web.recording_key import open_keyring
from web.records import RecordDesk
from web.referrals import Referrals
from web.remarks import RemarkDesk
from web.renewal import RenewalDesk
from web.resident_export import EXPORT_ROUTES
from web.residents import ResidentPages
from web.retention_pages import RetentionPages
from web.revealing import REVEALING_ROUTES
from web.risk_desk import RiskDesk
from web.risk_inbox import RiskInbox
from web.risk_pages import RiskPages
from web.risk_remote import risk_platform_of
from web.risk_sender import RiskSender
from web.schedule_pages import SchedulePages
from web.scheduling import SchedulingDesk
from web.search import SEARCH_ROUTES
from web.settings import Settings, SettingsError
from web.signing_code_pages import SigningCodePages
from web.signing_codes import SigningCodes, code_key
from web.spoken_reports import SpokenReports
from web.statement_recordings import RecordingDesk
from web.statement_routes import StatementPages
from web.statements import StatementDesk
from web.telling import gateways_of, wechat_of
from web.terms import TermClock
from web.vigil import Vigil
from web.wall import Wall, county_moved
from web.wall_lists import WALL_ROUTES
from web.watching import WATCHING_ROUTES, Watching
from web.wechat import WechatNotifier
from web.wechat_pages import WechatPages

CLIENT_FONTS = Path(__file__).parent / "client" / "node_modules" / "@expo-google-fonts"
FILM_FONT = CLIENT_FONTS / "noto-sans-sc" / "400Regular" / "NotoSansSC_400Regular.ttf"
SYSTEM_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts")

WARM_AFTER = 15.0
"""Seconds from the start until the pool gets ready for what signing needs."""

POOL_WITHIN = 60.0
"""Seconds that a thread waits for a worker process, which may have to be started first."""


def _in(pool: Executor) -> Callable[..., Any]:
    """For who stands in a thread and waits for a worker process."""
    return lambda work, *arguments: pool.submit(work, *arguments).result(POOL_WITHIN)


async def _sessions(reader: Reader, media: MediaRooms) -> list[str]:
    """Cases whose session is another by now than the media rooms know."""
    return media.behind([dossier.room for dossier in await reader.mediating() if dossier.room is not None])


@asynccontextmanager
async def open_house(settings: Settings, synthetic: bool = False) -> AsyncIterator[tuple[House, uvicorn.Config]]:
    """The installation, ready to serve, and uvicorn's configuration for it. Everything is closed in the reverse order. Raises `WrappingError`."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.sm3 and not has_sm3():
        raise SettingsError("HEYI_SM3: the OpenSSL of this machine has no SM3")
    bucket, gateways = bucket_of(settings), gateways_of(settings)
    async with open_keyring(settings) as keyring, _open_house(settings, synthetic, keyring, bucket, gateways) as opened:
        yield opened


@asynccontextmanager
async def _open_house(
    settings: Settings, synthetic: bool, keyring: Keyring, bucket: Bucket | None, gateways: dict[Channel, Notifier]
) -> AsyncIterator[tuple[House, uvicorn.Config]]:
    shutil.rmtree(settings.scratch, ignore_errors=True)
    settings.scratch.mkdir(mode=0o700, parents=True)
    await open_database(settings.database_url, load_key(settings.folder, "links"))
    await seal_what_is_plain()
    await seal_plain_contacts()
    await asyncio.to_thread(seal_plain_blobs, settings.folder, load_key(settings.folder, "links"))
    pool = MendingPool(make_pool)
    # Not at once: whoever starts the server waits for its page.
    warming = asyncio.get_running_loop().call_later(WARM_AFTER, pool.submit, warm) if settings.warm else None
    writer = Writer(single=settings.database_url.startswith("sqlite"))
    writer.start()
    try:
        clock = SystemClock()
        own = urlsplit(settings.base_url).netloc.lower()
        link_key = load_key(settings.folder, "links")
        doors = Doors(writer, clock, link_key, frozenset({own}))
        reader = Reader(audience.fragments, audience.rows)
        node = secrets.token_hex(4)
        installation = installation_of(settings.folder)
        hub = Hub(reader, clock.now, node)
        hub.readers = Readers(per_address=settings.connections_per_address)
        backplane = RedisBackplane(node, settings.redis, installation) if settings.redis else MemoryBackplane(node)
        nodes = Nodes(hub, backplane, county_moved)
        quiet = parse_quiet_hours(settings.quiet_hours)
        wechat, consents = wechat_of(settings), WechatConsents(writer, clock, derived(link_key, b"consents to messages of WeChat"))
        if wechat is not None:
            gateways[Channel.WECHAT] = WechatNotifier(wechat, consents)
        outbox = Outbox(writer, frozenset({Channel.PAGE, *gateways}), quiet)
        platform = risk_platform_of(settings) or (RiskInbox(settings.folder / "risk-inbox.jsonl") if synthetic else None)
        risks = RiskQueue(writer, platform is not None, synthetic, settings.office_phone)
        store = Store(writer, clock, audience.fragments, patch.diff, nodes, read_clock_health, outbox, risks)
        desk = CommandDesk(store, doors, settings.base_url)
        blobs = SealedBlobs(blobs_of(settings, bucket), link_key)
        desk.hub, desk.nodes = hub, nodes
        recordings, shelf = RecordingStore(writer, keyring), RecordingShelf(settings.folder / "recordings", bucket)
        flags = Flags(hub, reader, nodes.live)
        books = SegmentBooks(recordings, store, writer, pool)
        media = MediaRooms(hub, flags, store, recordings, books, settings.folder / "recordings", engines_of(settings, advertised(settings)))
        wall = Wall(hub, clock, synthetic)
        drafts = DraftDesk(hub, store, reader, clock, backplane.announce if settings.redis else None)
        providers = providers_of(settings, clock.now(), _in(pool))
        font_dirs = (str(CLIENT_FONTS), *SYSTEM_FONTS)
        paper = PaperDesk(store, reader, drafts, blobs, clock, pool, providers, font_dirs)
        way = "" if settings.sign_code == "off" else settings.sign_code
        codes = SigningCodes(store, reader, clock, code_key(link_key), code_ways(gateways), way)
        desk.ceremony = CeremonyDesk(store, reader, drafts, blobs, clock, pool, providers, font_dirs, settings.base_url, paper, codes)
        desk.oral = OralDesk(store, reader, blobs, clock, pool, font_dirs, settings.base_url)
        desk.remarks = RemarkDesk(store, reader, drafts)
        desk.private_drafts = PrivateDraftDesk(hub, store, reader, drafts, clock, pool)
        desk.others.update(
            {
                Ask: Asks(MediaDesk(hub, reader, media, parse_urls(settings.turn), settings.turn_secret), drafts, desk.private_drafts),
                DraftUpdate: drafts,
                DraftAwareness: drafts,
                Typing: flags,
                CallReport: CallDesk(CallStore(writer), reader, clock),
            }
        )
        house = House(
            settings, clock, doors, store, reader, hub, nodes, desk, blobs, pool, synthetic, GlyphCheck(font_dirs),
            SpokenReports(blobs, link_key), wall.refresh_all,
        )  # fmt: skip
        house.open_rooms = lambda: len(media.open_rooms())
        house.media_workers = media.workers.measure
        house.timestamper = providers.own_stamps
        house.checks += [media.problem, writer.problem, backplane.problem, keyring.problem, providers.problem]
        ways = {Channel.PAGE: PageNotifier(writer, nodes, clock), **gateways}
        told = [Courier(channel, way, outbox, reader, clock, quiet, doors.rates, settings.base_url) for channel, way in ways.items()]
        couriers = told if settings.media else []
        house.checks += [courier.problem for courier in couriers]
        oidc = provider_of(settings)
        if oidc is not None:
            house.checks.append(oidc.problem)
        sender = RiskSender(platform, risks, store, clock, node)
        house.checks.append(sender.problem)
        nodes.listeners += [drafts, wall, flags, *couriers, sender]
        nodes.followers += [flags.follow, drafts.follow]
        nodes.drafted, nodes.drafts_lately, nodes.drafts_behind = drafts.hear, drafts.writing.telling.lately, drafts.compare
        nodes.elsewhere, nodes.counts_behind = wall.elsewhere, wall.refresh_all
        desk.keeping = KeepingDesk(
            store, reader, shelf, ClearingAway(writer, blobs), clock, timedelta(days=settings.destruction_wait), settings.file_kept
        )
        desk.risks = RiskDesk(store, risks, platform)
        desk.experts = ExpertDesk(store, doors, nodes, clock, settings.base_url)
        desk.joint = JointDesk(store, reader, clock)
        doors.codes_spent = partial(note_spent, store)
        desk.declining = DecliningDesk(store, reader)
        desk.escalations = EscalationDesk(store, desk.close_seats, flags.online)
        desk.scheduling = SchedulingDesk(store, reader, doors, clock)
        stated = RecordingDesk(Uploads(writer, clock), reader, blobs, clock, link_key)
        desk.statements = StatementDesk(store, reader, blobs, clock, link_key, stated)
        desk.pages = PageDesk(store, doors, nodes, settings.base_url)
        desk.performance = PerformanceDesk(store, reader, clock)
        desk.ratings = RatingDesk(store, reader, clock, RatingTokens(link_key, settings.base_url))
        # Only the node that has the rooms may take up what a crash left of them: elsewhere they may be running.
        unfinished = await reader.mediating() if settings.media else []
        folders = [settings.folder / "recordings" / d.room.id for d in unfinished if d.room]
        await books.reconcile({*folders, *(lately_written(settings.folder / "recordings") if settings.media else [])})
        if settings.media:
            await desk.keeping.finish()
            await outbox.give_up_closed(clock.now())
            await media.start()
            if settings.redis and settings.media_engine == "embedded":
                registry = MediaRegistry(settings.redis, installation)
                media.nodes = MediaNodes(registry, media.workers, server_side(settings.folder), settings.folder / "recordings")
                await media.nodes.start()
            await media.adopt(unfinished)
            nodes.listeners.append(media)
            nodes.rooms = media.follow
            if settings.redis:
                nodes.sessions = partial(_sessions, reader, media)
        await wall.refresh_all()
        await nodes.start()
        devices = Devices(media.engine_of, tuple(parse_urls(settings.turn)), settings.turn_secret)
        records = RecordDesk(font_dirs)
        watching = Watching(store, clock)
        films = Films(recordings, shelf, watching, settings.scratch, FILM_FONT)
        bundles = BundleDesk(house, recordings, shelf, records, paper, desk.oral, providers, media.settled, font_dirs)
        confirming = ConfirmationDesk(bundles, desk.oral, font_dirs)
        filing = FilingDesk(records, desk.oral, confirming, font_dirs)
        desk.archive = ArchiveDesk(house, filing).do
        app = build(
            house,
            [
                *PAPER_ROUTES,
                *PaperPages(paper).routes(),
                *records.routes(),
                *CertificateDesk(font_dirs, desk.ratings).routes(),
                *confirming.routes(),
                *HandoutDesk(recordings).routes(),
                *filing.routes(),
                *rating_routes(desk.ratings),
                *HISTORY_ROUTES,
                *KEEPING_ROUTES,
                *WATCHING_ROUTES,
                *DELIVERY_ROUTES,
                *REVEALING_ROUTES,
                *PAST_ROUTES,
                *BESIDE_ROUTES,
                *RetentionPages(desk.keeping).routes(),
                *PERFORMANCE_ROUTES,
                *EVIDENCE_ROUTES,
                *CALL_ROUTES,
                *OPERATOR_ROUTES,
                *SEARCH_ROUTES,
                *WALL_ROUTES,
                *GUIDANCE_ROUTES,
                *devices.routes(),
                *SigningCodePages(codes).routes(),
                *IdentityDesk(store, reader, clock, identity_of(settings), settings.base_url).routes(),
                *Playback(recordings, shelf, watching).routes(),
                *films.routes(),
                *ClauseDesk(ClauseStore(writer), drafts).routes(),
                *ResidentPages(proof_way(gateways), synthetic).routes(),
                *RiskPages(desk.risks).routes(),
                *EXPERT_ROUTES,
                *OidcPages(ProviderDoors(doors, ProviderLinkStore(writer, clock), oidc, clock), settings.oidc_name).routes(),
                *MATTER_ROUTES,
                *MATERIAL_ROUTES,
                *EXPORT_ROUTES,
                *SchedulePages(desk.scheduling, font_dirs).routes(),
                *ENTRY_ROUTES,
                *Referrals(Referrers(writer, clock, link_key)).routes(),
                *WechatPages(consents, wechat).routes(),
                *PAGE_ROUTES,
                *StatementPages(desk.statements, stated).routes(),
                *NoticeDesk(writer, nodes, clock, frozenset(ways)).routes(),
            ],
        )
        app.state.bundles = bundles
        config = configuration(
            app, settings, protocol(hub, doors, desk, trusted=trusted_networks(settings.trusted_proxies), is_outage=staticmethod(is_outage))
        )
        on_the_shelf = {"keep": desk.keeping.follow_policy, "sweep": Sweep(settings.folder).turn}
        vigil = Vigil(hub, nodes, doors, writer, clock, hourly=on_the_shelf if settings.media else {})
        renewal = RenewalDesk(store, reader, blobs, clock, pool, providers)
        house.checks.append(renewal.problem)
        terms = TermClock(store, reader, doors.calendars, clock)
        looks = [
            desk.performance.look_at_the_clock,
            terms.look_at_the_clock,
            renewal.look_at_the_clock,
            desk.experts.look_at_the_clock,
            stated.sweep,
        ]
        tasks = [
            Clockwork(store, clock, media.open_rooms, looks, soon=[desk.scheduling.look_at_the_clock], online=flags.online).run(),
            wall.keep_fresh(),
            vigil.run(),
            sender.run(),
        ]
        tasks += [courier.run() for courier in couriers]
        if bucket is not None and settings.media:
            mover = Mover(settings.folder, installation, bucket, media.live_recordings, referred)
            house.checks += [bucket.problem, mover.problem]
            tasks.append(mover.run())
        clockwork = asyncio.gather(*tasks)
        try:
            yield house, config
        finally:
            clockwork.cancel()
            await asyncio.gather(clockwork, return_exceptions=True)
            wall.stop()
            await films.stop()
            await media.stop()
            await flags.stop()
            await nodes.stop()
    finally:
        if warming is not None:
            warming.cancel()
        await writer.stop()
        # Waited for: a worker that is left behind holds a hundred megabytes until the machine restarts.
        pool.shutdown(wait=True, cancel_futures=True)
        await close_database()
