"""Certificates of this installation's own authority, and a real server that serves with them."""

from __future__ import annotations

import ipaddress
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgpack
import pytest
from cryptography import x509
from websockets.asyncio.client import connect

from tests.serving import Server, Visitor, serving
from web.settings import Settings
from web.tls import Names, ensure_certificate, lan_address, names_in, names_of_this_machine, own_authority, secured

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = Names(("localhost", "office"), ("10.0.0.7", "127.0.0.1", "::1"))


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_everything_is_named_and_secret(folder: Path) -> None:
    certificate, key = ensure_certificate(folder, NAMES, NOW)
    assert names_in(load(certificate)) == NAMES
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)


def test_the_authority_speaks_for_private_addresses_only(folder: Path) -> None:
    ensure_certificate(folder, NAMES, NOW)
    authority = load(folder / "ca.crt")
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    networks = [n.value for n in constraints.value.permitted_subtrees or [] if isinstance(n, x509.IPAddress)]
    assert any(ipaddress.ip_address("10.0.0.7") in n for n in networks if n.version == 4)
    assert not any(ipaddress.ip_address("203.0.113.5") in n for n in networks if n.version == 4)
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_a_good_certificate_is_kept(folder: Path) -> None:
    first = ensure_certificate(folder, NAMES, NOW)[0].read_bytes()
    assert ensure_certificate(folder, NAMES, NOW + timedelta(days=300))[0].read_bytes() == first


@pytest.mark.parametrize(
    ("names", "later"), [(Names(NAMES.dns, ("127.0.0.1", "192.168.1.9", "::1")), timedelta()), (NAMES, timedelta(days=380))]
)
def test_other_addresses_or_a_near_end_renew_under_the_same_authority(folder: Path, names: Names, later: timedelta) -> None:
    first = ensure_certificate(folder, NAMES, NOW)[0].read_bytes()
    authority = (folder / "ca.crt").read_bytes()
    certificate, _ = ensure_certificate(folder, names, NOW + later)
    assert certificate.read_bytes() != first
    assert names_in(load(certificate)) == names
    assert (folder / "ca.crt").read_bytes() == authority


def test_another_host_name_needs_another_authority(folder: Path) -> None:
    ensure_certificate(folder, NAMES, NOW)
    authority = (folder / "ca.crt").read_bytes()
    certificate, _ = ensure_certificate(folder, Names(("localhost", "renamed"), NAMES.addresses), NOW)
    assert (folder / "ca.crt").read_bytes() != authority
    load(certificate).verify_directly_issued_by(load(folder / "ca.crt"))


def test_the_network_address_is_the_one_for_phones() -> None:
    assert lan_address(Names((), ("127.0.0.1", "169.254.3.3", "192.168.1.9", "::1"))) == "192.168.1.9"
    assert lan_address(Names((), ("127.0.0.1", "::1"))) == "127.0.0.1"


def test_settings_are_filled_in_once(folder: Path) -> None:
    settings = secured(Settings(data=str(folder), host="0.0.0.0", tls=True))
    assert settings.base_url == f"https://{lan_address(names_of_this_machine())}:8420"
    assert own_authority(settings) == folder / "keys" / "tls" / "ca.crt"
    bought = Settings(data=str(folder), tls=True, tls_certificate="a.pem", tls_key="b.pem")
    assert secured(bought) is bought
    assert own_authority(bought) is None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("tls") / "data", HEYI_TLS="1") as running:
        yield running


async def test_a_client_that_trusts_the_authority_gets_pages_and_the_websocket(server: Server) -> None:
    assert server.url.startswith("https://127.0.0.1:")
    trust = ssl.create_default_context(cafile=server.data / "keys" / "tls" / "ca.crt")
    visitor = Visitor(server, verify=trust)  # type: ignore[arg-type]
    await visitor.open(server.links["centre"])
    cookie = next(iter(visitor.http.cookies.jar))
    assert cookie.secure
    assert cookie.has_nonstandard_attr("HttpOnly")
    url = server.url.replace("https", "wss", 1) + f"/hub?as={visitor.handle}"
    async with connect(url, ssl=trust, additional_headers={"Cookie": visitor.cookies()}) as socket:
        await socket.send(msgpack.packb({"t": "hello", "version": 1}))
        assert msgpack.unpackb(await socket.recv(), timestamp=3)["t"] == "welcome"


async def test_a_client_that_does_not_trust_it_gets_nothing(server: Server) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(server.url)


async def test_a_phone_fetches_the_certificate(server: Server) -> None:
    ca = server.data / "keys" / "tls" / "ca.crt"
    async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=ca), base_url=server.url) as client:
        file = await client.get("/ca.crt")
        assert file.content == ca.read_bytes()
        assert file.headers["content-type"].startswith("application/x-x509-ca-cert")
        page = (await client.get("/ca")).text
    assert "data:image/svg+xml" in page
    assert "/ca.crt" in page
