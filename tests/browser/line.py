"""A page's websocket in the hand of a test."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocketRoute


class Line:
    """A page's websocket with a hand on it: it can fall silent without a word, as a phone's does, and come back."""

    def __init__(self, page: Page) -> None:
        self.silent, self._page = False, page
        self._sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/hub*", self._through)
        page.reload()

    def _through(self, socket: WebSocketRoute) -> None:
        there = socket.connect_to_server()
        socket.on_message(lambda message: None if self.silent else there.send(message))
        there.on_message(lambda message: None if self.silent else socket.send(message))
        there.on_close(lambda code, reason: None if self.silent else socket.close(code=code, reason=reason))
        self._sockets.append(socket)

    def cut(self) -> None:
        """Fall silent, and let the page know that the network is gone."""
        self.silent = True
        self._page.evaluate("dispatchEvent(new Event('offline'))")

    def come_back(self) -> None:
        self.silent = False
        self._sockets[-1].close(code=1012, reason="cut by the test; after=100")
