"""When a page must be run to be read, and the scripts that read it out of Chromium.

Pure: knows HTML that came over HTTP and the DOM, nothing of servers, processes or protocols.
"""

from __future__ import annotations

import re

from agentkit.browser.document import Response

__all__ = ["needs_js"]

_LITTLE_TEXT = 200
_LITTLE_SHARE = 0.02
_HEAD = 300_000

# Pages are matched in this process, so none may make a match take long: each is bounded by the next
# tag or by a number, and gives nothing back that it could try in another way.
_SCRIPT = re.compile(rb"<script\b(?![^<>]*application/(?:ld\+)?json)", re.I)
_NOSCRIPT = re.compile(rb"<noscript\b[^<>]*>((?:[^<]|<(?!/?noscript))*+)</noscript", re.I)
_ASKS = re.compile(
    rb"(?:enable|activate|turn on|requires?|needs?|without)\W{0,3}"
    rb"(?:\w{1,30}\W{1,9}){0,3}javascript"
    rb"|javascript\W{1,9}(?:\w{1,30}\W{1,9}){0,4}"
    rb"(?:required|disabled|enabled?|needed|to (?:run|view|use))",
    re.I,
)
_EMPTY_ROOT = re.compile(
    rb"<(div|main|body|app-root)\b"
    rb"(?>[^<>]*?\bid=[\"']?(?:root|app|__next|__nuxt|svelte|main-app)\b)[^<>]*+>"
    rb"\s*+(?:<!--(?>.{0,300}?-->)\s*+){0,8}+</\1",
    re.I | re.S,
)
_REFRESH = re.compile(
    rb"<meta\b(?=[^<>]*http-equiv=[\"']?refresh)[^<>]*content=[\"']?\s*\d+\s*[;,]\s*url", re.I
)


def needs_js(response: Response, text: str) -> bool:
    """True when a page must be rendered to be read.

    That is, when it has scripts and hardly any text, an application's empty root, or a `noscript`
    that asks for JavaScript, or when it sends the reader on by a meta refresh.

    Args:
        response: the page as it came over HTTP.
        text: its visible text.
    """
    if response.media_type not in ("text/html", "application/xhtml+xml") or response.rendered:
        return False
    head = response.body[:_HEAD]
    if _REFRESH.search(head):
        return True
    if not _SCRIPT.search(response.body):
        return False
    readable = len(text.strip())
    if readable < max(_LITTLE_TEXT, _LITTLE_SHARE * len(response.body)):
        return True
    if _EMPTY_ROOT.search(head):
        return True
    return any(_ASKS.search(found[1]) for found in _NOSCRIPT.finditer(head))


STATE = """((most) => {
    const body = document.body, nodes = document.getElementsByTagName("*").length;
    const small = body && nodes <= most;
    return {
        ready: document.readyState !== "loading",
        nodes: nodes,
        text: small ? body.textContent.length : 0,
        visible: small ? body.innerText.trim().length : nodes,
    };
})(2000)"""
"""What is polled until it no longer changes: whether the document has been parsed, its size, and
how many characters can be seen; characters are only counted in small documents."""

READ = r"""
((most, milliseconds) => {
    const MARK = "data-agentkit-hidden";
    const deadline = performance.now() + milliseconds;
    const still = style => style.animationName === "none"
        && parseFloat(style.transitionDuration) === 0;
    const unseen = style => style.display === "none"
        || style.contentVisibility === "hidden"
        || (parseFloat(style.opacity) === 0 && still(style))
        || parseFloat(style.fontSize) === 0;
    const shows = (element, view) => [...element.querySelectorAll("*")].some(
        each => view.getComputedStyle(each).visibility === "visible");

    function mark(root, view) {
        const frames = [], hosts = [], open = [root];
        while (open.length && performance.now() < deadline) {
            const element = open.pop();
            if (/^(script|style|template)$/i.test(element.localName)) continue;
            const style = element.localName === undefined ? null : view.getComputedStyle(element);
            if (style && style.display !== "contents" && (unseen(style)
                    || (style.visibility !== "visible" && !shows(element, view)))) {
                element.setAttribute(MARK, "");
                continue;
            }
            if (element.localName === "iframe") frames.push(element);
            if (element.localName === "input" && element.type !== "password" && element.value)
                element.setAttribute("value", element.value);
            if (element.localName === "textarea") element.textContent = element.value;
            if (element.shadowRoot) {
                hosts.push(element);
                open.push(...element.shadowRoot.children);
            }
            open.push(...element.children);
        }
        hosts.reverse().forEach(flatten);
        return frames;
    }

    function flatten(host) {
        for (const slot of host.shadowRoot.querySelectorAll("slot")) {
            const given = slot.assignedNodes({flatten: true});
            slot.replaceWith(...(given.length ? given : slot.childNodes));
        }
        host.replaceChildren(...host.shadowRoot.childNodes);
    }

    function inline(frame, depth) {
        let inner = null;
        try { inner = frame.contentDocument && frame.contentDocument.body; } catch { }
        if (!inner) return;
        const view = frame.contentWindow, deeper = mark(inner, view);
        if (depth < 3) deeper.forEach(each => inline(each, depth + 1));
        for (const link of inner.querySelectorAll("a[href]")) link.setAttribute("href", link.href);
        const box = document.createElement("div");
        box.append(...inner.childNodes);
        frame.replaceWith(box);
    }

    if (document.body) mark(document.body, window).forEach(frame => inline(frame, 0));
    const whole = document.documentElement ? document.documentElement.outerHTML : "";
    return {html: whole.slice(0, most), cut: whole.length > most, type: document.contentType,
            address: document.URL};
})
"""
"""Marks what cannot be seen, draws shadow trees and the page's own frames into it, and gives its
source; a function of the most characters to give and the time that marking may take."""
