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


_OWN = """
    const own = (type, name) => {
        const {get} = Object.getOwnPropertyDescriptor(type.prototype, name);
        return object => get.call(object);
    };
    const bodyOf = own(Document, "body");
"""
"""Properties as the browser has them: forms and documents are asked by their prototypes, since a
page can name its elements `body` or `childNodes`, and its names go first."""

STATE = f"""((most) => {{{_OWN}
    const body = bodyOf(document);
    const nodes = Document.prototype.getElementsByTagName.call(document, "*").length;
    const small = body && nodes <= most;
    return {{
        ready: own(Document, "readyState")(document) !== "loading",
        nodes: nodes,
        text: small ? body.textContent.length : 0,
        visible: small ? body.innerText.trim().length : nodes,
    }};
}})(2000)"""
"""What is polled until it no longer changes: whether the document has been parsed, its size, and
how many characters can be seen; characters are only counted in small documents."""

READ = (
    f"((most, milliseconds) => {{{_OWN}"
    + r"""
    const MARK = "data-agentkit-hidden", DEEPEST = 3, AS_IT_IS = /^(head|script|style|template)$/i;
    const deadline = performance.now() + milliseconds;
    const [kindOf, childrenOf] = ["nodeType", "childNodes"].map(name => own(Node, name));
    const [nameOf, shadowOf] = ["localName", "shadowRoot"].map(name => own(Element, name));
    const [root, type, address, make] = ["documentElement", "contentType", "URL", "implementation"]
        .map(name => own(Document, name)(document));
    // A document without a window: what is copied into it runs nothing and loads nothing.
    const inert = type === "text/html" ? make.createHTMLDocument("")
        : make.createDocument(null, null, null);
    const add = (parent, child) => Node.prototype.appendChild.call(parent, child);
    const set = (element, name, text) => Element.prototype.setAttribute.call(element, name, text);

    const still = style => style.animationName === "none"
        && parseFloat(style.transitionDuration) === 0;
    const unseen = style => style.display === "none"
        || style.contentVisibility === "hidden"
        || (parseFloat(style.opacity) === 0 && still(style))
        || parseFloat(style.fontSize) === 0;
    const shows = (element, view) => [...Element.prototype.querySelectorAll.call(element, "*")]
        .some(each => view.getComputedStyle(each).visibility === "visible");

    function hidden(element, view) {
        const style = view.getComputedStyle(element);
        return style.display !== "contents" && (unseen(style)
            || (style.visibility !== "visible" && !shows(element, view)));
    }

    function inner(frame, depth) {
        try { return depth <= DEEPEST && frame.contentDocument && bodyOf(frame.contentDocument); }
        catch { return null; }
    }

    function told(element, depth) {
        const copy = inert.importNode(element, false), name = nameOf(element);
        if (name === "input" && element.type !== "password" && element.value)
            set(copy, "value", element.value);
        if (depth && name === "a" && typeof element.href === "string" && element.href)
            set(copy, "href", element.href);
        return copy;
    }

    const open = [];
    function push(nodes, parent, view, depth) {
        for (let at = nodes.length; at--;) open.push([nodes[at], parent, view, depth]);
    }

    function copy(node, parent, view, depth) {
        if (kindOf(node) !== 1 || AS_IT_IS.test(nameOf(node)) || performance.now() > deadline)
            return add(parent, inert.importNode(node, true));
        if (hidden(node, view))
            return set(add(parent, inert.importNode(node, true)), MARK, "");
        const name = nameOf(node), body = name === "iframe" && inner(node, depth);
        if (body) {
            const box = inert.createElementNS(body.namespaceURI, "div"), its = node.contentWindow;
            if (hidden(body, its)) set(box, MARK, "");
            return push(childrenOf(body), add(parent, box), its, depth + 1);
        }
        if (name === "slot") {
            const given = node.assignedNodes({flatten: true});
            return push(given.length ? given : childrenOf(node), parent, view, depth);
        }
        const own = add(parent, told(node, depth));
        if (name === "textarea") own.textContent = node.value;
        else push(childrenOf(shadowOf(node) || node), own, view, depth);
    }

    const whole = root && inert.importNode(root, false);
    if (root) push(childrenOf(root), whole, window, 0);
    while (open.length) copy(...open.pop());
    const html = whole ? whole.outerHTML : "";
    return {html: html.slice(0, most), cut: html.length > most, type: type, address: address};
})
"""
)
"""A page's source as it is now: a copy in which what cannot be seen is marked, and shadow trees and
the page's own frames are drawn into it. The page itself stays as it is. A function of the most
characters to give and the time that looking at styles may take."""
