"""The page from which a phone fetches the certificate of this installation's own authority: `/ca`, with the file at `/ca.crt`.

One port speaks one protocol, so both are served over the very HTTPS that the phone does not trust yet: the browser warns once, and no
longer after the installation. The page prints the fingerprint, so that who installs it can compare it with the server's terminal.
"""

from __future__ import annotations

import html

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cases.errors import NotFound
from web.request import house
from web.tls import own_authority

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>安装证书 · 和议 Heyi</title>
<style>body{{font:16px/1.7 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#1b2428}}
code{{word-break:break-all}}img{{width:14rem}}</style></head><body>
<h1>在手机上安装本机证书</h1>
<p>摄像头和麦克风只能在安全网页中使用。请先<a href="/ca.crt">下载证书</a>，再安装：</p>
<ul><li>iPhone：设置 → 通用 → VPN与设备管理 → 安装；再到 设置 → 通用 → 关于本机 → 证书信任设置 中打开。</li>
<li>安卓：设置 → 安全 → 加密与凭据 → 安装证书 → CA证书。</li></ul>
<p>首次打开本页时浏览器会提示不安全，属正常现象；安装后不再提示。该证书只对本机和局域网地址有效。请与服务器终端上的指纹核对：</p>
<p><code>{fingerprint}</code></p>
<p><img alt="{url}" src="{qr}"><br><code>{url}</code></p>
<h2 lang="en">Install this server's certificate</h2>
<p lang="en">Camera and microphone work on secure pages only. <a href="/ca.crt">Download the certificate</a>, then install it.
iPhone: Settings → General → VPN &amp; Device Management, then Settings → General → About → Certificate Trust Settings.
Android: Settings → Security → Encryption &amp; credentials → Install a certificate → CA certificate.
Your browser warns you once, before the installation. The certificate is valid for this machine and private addresses only; compare its
fingerprint with the one on the server's terminal.</p>
</body></html>
"""


def fingerprint(pem: bytes) -> str:
    """SHA-256 of the certificate, in pairs, as systems show it."""
    return x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex(":").upper()


def _pem(request: Request) -> bytes:
    path = own_authority(house(request).settings)
    if path is None:
        raise NotFound("no_page", "This server does not use a certificate of its own")
    return path.read_bytes()


async def certificate(request: Request) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="heyi-ca.crt"', "Cache-Control": "no-store"}
    return Response(_pem(request), media_type="application/x-x509-ca-cert", headers=headers)


async def page(request: Request) -> Response:
    pem, url = _pem(request), f"{house(request).settings.base_url}/ca"
    picture = segno.make(url, error="m").svg_data_uri(scale=6, border=2, dark="#1B2428")
    return HTMLResponse(PAGE.format(fingerprint=fingerprint(pem), url=html.escape(url), qr=html.escape(picture)))


AUTHORITY_ROUTES = [Route("/ca.crt", certificate), Route("/ca", page)]
