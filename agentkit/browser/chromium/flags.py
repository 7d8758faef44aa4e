"""How Chromium is started so that all it does goes through the proxy, and little else is done.

Data, and the functions that put it together; knows the switches of Chromium and the options of
Playwright. Images, remote fonts and media are left out because a page is read, not looked at.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from agentkit.browser.chromium.install import Found

if TYPE_CHECKING:
    from agentkit.browser.net.proxy import FilteringProxy, Guest

# Each closes a way around the proxy: QUIC and WebRTC speak UDP, and a resolver that knows no name
# leaves no trace in the DNS; "<-loopback>" takes back Chromium's exception for loopback addresses.
_SHUT = (
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--proxy-bypass-list=<-loopback>",
    "--dns-prefetch-disable",
)
_LEAN = (
    "--disable-gpu",
    "--mute-audio",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--max-old-space-size=512",
)
_WITHOUT_PICTURES = ("--blink-settings=imagesEnabled=false", "--disable-remote-fonts")

_MEDIA_KINDS = (
    *("avi", "flac", "m4a", "m4v", "mkv", "mov", "mp3", "mp4"),
    *("mpeg", "oga", "ogg", "ogv", "opus", "wav", "weba", "webm"),
)
MEDIA = tuple(f"*.{kind}{end}" for kind in _MEDIA_KINDS for end in ("", "?*"))
"""URL patterns of sound and film, which are never fetched."""

_PASSED_ON = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
]

BEFORE_SCRIPTS = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel",
                    "RTCIceTransport", "WebTransport", "RTCDtlsTransport"])
    try { delete globalThis[name]; } catch { }
globalThis.open = globalThis.alert = globalThis.prompt = globalThis.print = () => null;
globalThis.confirm = () => false;
for (const name of ["pushState", "replaceState"]) {
    const change = History.prototype[name];
    let left = 200;
    History.prototype[name] = function (...given) {
        if (--left < 0) throw new DOMException("too many changes", "SecurityError");
        return change.apply(this, given);
    };
}
"""
"""Runs in every document before its own scripts. No WebRTC, which the switches alone do not stop;
no popups; dialogs are dismissed and changes of history counted where it costs nothing, since a
storm of either would keep the browser busy."""


def launch_options(
    found: Found, proxy: FilteringProxy, marker: str, *, sandbox: bool, pictures: bool
) -> dict[str, Any]:
    """What Playwright's `launch` is called with.

    Args:
        found: the Chromium.
        proxy: where all its traffic goes; started.
        marker: an argument that means nothing to Chromium, by which its process is found.
        sandbox: use Chromium's own sandbox, which root cannot.
        pictures: load images and fonts, for screenshots.
    """
    return {
        "executable_path": found.executable,
        "env": {**_environment(), **found.environment},
        "args": [*_SHUT, *_LEAN, *(() if pictures else _WITHOUT_PICTURES), marker],
        "ignore_default_args": ["--disable-popup-blocking"],
        "chromium_sandbox": sandbox,
        "headless": True,
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "timeout": 30_000,
        "proxy": _proxy_settings(proxy, proxy.guest),
    }


def _proxy_settings(proxy: FilteringProxy, guest: Guest) -> dict[str, str]:
    return {
        "server": proxy.url,
        "username": guest.username,
        "password": guest.password,
        "bypass": "<-loopback>",
    }


def _environment() -> dict[str, str]:
    """The variables that Chromium has a use for; keys and passwords stay here."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def context_options(proxy: FilteringProxy, guest: Guest) -> dict[str, Any]:
    """What each page's fresh context is made with: no downloads, no workers that outlive it.

    Args:
        proxy: where its traffic goes.
        guest: as whom.
    """
    return {
        "accept_downloads": False,
        "service_workers": "block",
        "permissions": [],
        "java_script_enabled": True,
        "viewport": {"width": 1280, "height": 1024},
        "proxy": _proxy_settings(proxy, guest),
    }
