// The transcript viewer of a report. Whatever models and tools wrote reaches the page as text nodes
// and never as markup; numbers stay as they were written. Trials are unpacked when they are opened.
"use strict";
(() => {
  const overview = document.getElementById("overview");
  const view = document.getElementById("trial");
  const cells = [...document.querySelectorAll("a.cell")];
  const title = document.title;
  let opened = -1;

  // Making elements

  function make(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === true) made.setAttribute(key, "");
      else if (value || value === 0) made.setAttribute(key, value);
    }
    made.append(...children.flat(9).filter((each) => each || each === 0));
    return made;
  }

  const div = (style, ...children) => make("div", { class: style }, ...children);
  const span = (style, ...children) => make("span", { class: style }, ...children);

  function fold(style, summary, ...children) {
    return make("details", { class: style }, make("summary", {}, ...[summary].flat()), ...children);
  }

  function count(number, one, many) {
    return number.toLocaleString("en").replaceAll(",", "\u202f") + " " + (number === 1 ? one : many || one + "s");
  }

  const time = (seconds) => seconds < 0.1 ? Math.round(seconds * 1000) + " ms" : seconds < 10 ? seconds.toFixed(2) + " s" : seconds.toFixed(1) + " s";

  // JSON, set out on one line or over several, without reading its numbers

  const tokensOf = (text) => text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) || [];

  const inLine = (text) => tokensOf(text).map((each) => each === "," ? ", " : each === ":" ? ": " : each).join("");

  function setOut(text) {
    const tokens = tokensOf(text);
    let out = "", depth = 0, before = "";
    const line = () => "\n" + "  ".repeat(Math.min(depth, 40));
    for (const token of tokens) {
      const empty = before === "{" || before === "[";
      if (token === "}" || token === "]") {
        depth -= 1;
        if (!empty) out += line();
      } else if (empty || before === ",") out += line();
      out += token === ":" ? ": " : token;
      if (token === "{" || token === "[") depth += 1;
      before = token;
    }
    return out;
  }

  function readable(text) {
    const start = text.trimStart()[0];
    if (start !== "{" && start !== "[") return text;
    try { JSON.parse(text); } catch { return text; }
    return text.length <= 100 ? inLine(text) : setOut(text);
  }

  function block(text, style = "") {
    const shown = readable(text), lines = shown.split("\n");
    if (lines.length <= 10 && shown.length <= 900) return make("pre", { class: style }, shown);
    const first = lines.slice(0, 4).join("\n").slice(0, 360);
    const size = lines.length > 10 ? count(lines.length, "line") : count(shown.length, "character");
    return fold("long", [make("pre", { class: style + " preview" }, first + " …"), span("more all", "all " + size), span("more fold", "fold")],
      make("pre", { class: style }, shown));
  }

  // The parts of a trial

  function mark(passed) {
    const [sign, words] = passed === true ? ["✓", "passed"] : passed === false ? ["✕", "failed"] : ["–", "undecided"];
    return make("span", { class: "mark " + words, role: "img", "aria-label": words }, sign);
  }

  function checks(trial) {
    const rows = (trial.checks || []).map((each) => make("li", { class: each.passed === false ? "failed" : "" },
      mark(each.passed), div("", div("says", each.says),
        each.detail && div("detail", each.detail), !each.gates && div("detail", "does not decide the outcome"))));
    return rows.length ? make("section", {}, make("h3", {}, "Checks"), make("ul", { class: "checks" }, rows)) : "";
  }

  function differences(trial) {
    const all = trial.differences || [];
    if (!all.length) return "";
    const value = (text) => make("td", { class: text === null ? "absent" : "" },
      text === null ? "absent" : make("div", {}, block(text)));
    const body = all.map((each) => make("tr", {}, make("th", { scope: "row" }, each.path || "/"),
      value(each.want), value(each.have)));
    const table = make("table", { class: "diff" },
      make("thead", {}, make("tr", {}, ["Path", "Gold", "Got"].map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, body));
    const head = make("h3", {}, "State, gold and got");
    if (all.length <= 12) return make("section", {}, head, table);
    return make("section", {}, head, fold("", count(all.length, "difference"), table));
  }

  function faults(trial) {
    const all = trial.user_faults || [];
    if (!all.length) return "";
    return make("section", {}, make("h3", {}, "What the simulated user was kept from"),
      make("ul", { class: "plain" }, all.map((each) => make("li", {}, each))));
  }

  function call(each) {
    const head = ["tool", "args"];
    const plain = !each.args || each.args === "{}" ? "" : inLine(each.args);
    const short = plain.length <= 110;
    const badge = each.fault ? span("badge bad", each.fault.replaceAll("_", " ")) : "";
    return [
      div("callhead", span(head[0], each.tool), short && plain ? span(head[1], plain) : "",
        each.by === "user" ? span("badge", "the user's tool") : "", badge),
      each.raw ? [div("label", "arguments, as written"), block(each.raw, "args")] : "",
      !short ? block(each.args, "args") : "",
      each.result ? div(each.fault ? "result bad" : "result", block(each.result)) : div("result none", "no result"),
      (each.writes || []).map((write) => div("write", span("label", write.kind === "remove" ? "removed" : "wrote"),
        " ", span("path", write.path), write.kind === "remove" ? "" : [" = ", span("value", inLine(write.value))])),
    ];
  }

  const SPEAKERS = { user: "User", answer: "Agent", reasoning: "Reasoning", preamble: "Preamble", note: "Note", call: "Call" };

  function body(event) {
    if (event.kind === "call") return event.call ? call(event.call) : "";
    const text = event.text || "";
    if (event.kind === "reasoning") {
      const start = text.length > 90 ? text.slice(0, 90).replace(/\S*$/, "").trim() || text.slice(0, 90) : text;
      return fold("thought", [span("start", start.replace(/\s+/g, " ") + (text.length > 90 ? " …" : "")),
        span("more", count(text.length, "character"))], div("text", text));
    }
    if (text.length <= 4000) return div("text", text || "(nothing)");
    return fold("long", [div("text preview", text.slice(0, 1000) + " …"), span("more all", "all " + count(text.length, "character")),
      span("more fold", "fold")],
      div("text", text));
  }

  function happened(event, number, trial) {
    const cause = trial.cause || {};
    const first = cause.event === number, parted = cause.parted === number;
    const seconds = event.call ? event.call.seconds : event.at || undefined;
    const item = make("li", { class: "event " + event.kind + (first ? " first" : ""), id: "e" + number, tabindex: first ? "-1" : "" },
      div("who", SPEAKERS[event.kind] || event.kind),
      div("what",
        first ? div("flag", make("strong", {}, "First cause: " + cause.name), cause.detail ? " · " + cause.detail : "") : "",
        body(event),
        event.malformed ? div("malformed", span("badge bad", "malformed"), " ", event.malformed) : "",
        event.cut ? div("label", count(event.cut, "character") + " left out of the record") : ""),
      div("when", make("a", { href: here(number), "aria-label": "event " + number }, "" + number),
        seconds === undefined ? "" : span("", event.call ? "took " + time(seconds) : time(seconds))));
    return parted ? [item, make("li", { class: "parted" },
      span("", "Here the states parted: from now on the gold state was out of reach"))] : item;
  }

  function usage(trial) {
    const used = trial.usage || {};
    const parts = [count(used.turns || 0, "turn"), count(used.calls || 0, "call"),
      count(used.tool_errors || 0, "tool error"),
      used.prompt_tokens && count(used.prompt_tokens, "prompt token")
      + (used.cached_tokens ? " (" + count(used.cached_tokens, "cached", "cached") + ")" : ""),
      used.output_tokens && count(used.output_tokens, "output token"), time(trial.seconds || 0)
      + (used.model_seconds ? " (" + time(used.model_seconds) + " in the model)" : ""), "seed " + trial.seed];
    return div("meta", parts.filter(Boolean).map((each) => span("", each)));
  }

  function task(asked) {
    if (!asked) return "";
    const rows = [["Note", asked.note], ["Persona", asked.persona], ["Goal", asked.goal]]
      .concat(Object.entries(asked.known || {}).map(([name, value]) => ["Knows " + name, value]))
      .concat((asked.unknown || []).map((each) => ["Does not know", each]))
      .filter(([, value]) => value).map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
    const gold = (asked.gold || []).map((each) => make("li", {}, span("tool", each.tool), " ", span("args", inLine(each.args))));
    return fold("task", make("h3", {}, "The task"), make("dl", {}, rows),
      gold.length ? [make("h4", {}, "Gold actions"), make("ol", { class: "gold" }, gold)] : "");
  }

  // Showing a trial

  const place = (cell) => cell.getAttribute("href");
  const here = (number) => place(cells[opened]) + "@" + number;

  function siblings(cell) {
    return div("siblings", [...cell.closest("li").querySelectorAll("a.cell")].map((each) => {
      const copy = each.cloneNode(true);
      copy.removeAttribute("tabindex");
      if (each === cell) copy.setAttribute("aria-current", "true");
      return copy;
    }));
  }

  function bar(number) {
    const link = (to, words, key) => to ? make("a", { href: place(to), rel: key }, words) : span("off", words);
    const bad = (from, step) => {
      for (let at = from + step; cells[at]; at += step) if (!cells[at].classList.contains("passed")) return cells[at];
      return null;
    };
    const toggle = make("button", { type: "button" }, "Unfold all");
    toggle.addEventListener("click", () => {
      const open = toggle.textContent === "Unfold all";
      for (const each of view.querySelectorAll("details")) each.open = open;
      toggle.textContent = open ? "Fold all" : "Unfold all";
    });
    return make("nav", { class: "bar", "aria-label": "Trials" }, make("a", { href: "#", class: "back" }, "← Report"),
      span("gap"), link(bad(number, -1), ["‹ Previous", span("roomy", " not passed")], "prev"),
      link(bad(number, 1), ["Next", span("roomy", " not passed"), " ›"], "next"), toggle);
  }

  function shown(trial, asked, cell) {
    const cause = trial.cause;
    const why = cause ? [make("strong", {}, cause.name), cause.detail ? ": " + cause.detail : ""]
      : trial.detail || "";
    return [
      make("header", {}, div("heading", make("h1", { tabindex: "-1" }, trial.task, span("soft", "#" + trial.trial)),
        span("outcome " + trial.outcome, trial.outcome.replace("_", " ")), siblings(cell)),
      why ? make("p", { class: "why" }, why, cause && cause.event !== undefined
        ? [" ", make("a", { href: here(cause.event) }, "Go to the event")] : "") : "",
      cause && trial.detail ? make("p", { class: "soft" }, trial.detail) : "", usage(trial)),
      checks(trial), differences(trial), faults(trial), task(asked),
      make("section", {}, make("h3", {}, "What happened"),
        make("ol", { class: "events", start: "0" }, (trial.events || []).map((each, number) => happened(each, number, trial)))),
    ];
  }

  async function unpacked(id) {
    const held = document.getElementById(id);
    if (!held) return null;
    const bytes = Uint8Array.from(atob(held.textContent), (each) => each.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  function missing(cell) {
    const note = document.getElementById("left-out"), name = cell.dataset.name;
    const quoted = /^[\w.#-]+$/.test(name) ? name : "'" + name.replaceAll("'", "'\\''") + "'";
    const kept = note && !cell.getAttribute("aria-label").endsWith("not run");
    return [make("h1", { tabindex: "-1" }, cell.getAttribute("aria-label")),
      kept ? make("p", {}, "Its transcript is not in this file, to keep it small. To read it: ",
        make("code", {}, note.dataset.command + " " + quoted)) : make("p", {}, "This trial has no transcript.")];
  }

  async function open(number, event) {
    const cell = cells[number];
    if (opened !== number) {
      opened = number;
      let content;
      try {
        const [trial, asked] = await Promise.all([unpacked(cell.dataset.trial), unpacked(cell.dataset.task)]);
        content = trial ? shown(trial, asked, cell) : missing(cell);
      } catch (error) {
        content = make("p", {}, "This transcript cannot be read: " + error);
      }
      if (opened !== number) return;
      view.replaceChildren(bar(number), ...[content].flat(9).filter((each) => each !== ""));
      document.title = cell.getAttribute("aria-label") + " – " + title;
    }
    overview.hidden = true;
    view.hidden = false;
    const target = event === null ? null : document.getElementById("e" + event);
    if (target) target.scrollIntoView({ block: "center" });
    else scrollTo(0, 0);
    (target || view.querySelector("h1") || view).focus({ preventScroll: true });
  }

  function close() {
    const cell = cells[opened];
    opened = -1;
    view.hidden = true;
    view.replaceChildren();
    overview.hidden = false;
    document.title = title;
    if (cell) { cell.focus(); cell.scrollIntoView({ block: "center" }); }
  }

  function route() {
    const [path, event] = location.hash.split("@");
    const number = cells.findIndex((cell) => place(cell) === path);
    if (number >= 0) open(number, event === undefined ? null : event);
    else if (opened >= 0) close();
  }

  // Keys: arrows among the cells; n, p and Escape in a trial

  function walk(event) {
    const at = cells.indexOf(event.target);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = [...document.querySelectorAll(".tasks > li")].filter((row) => row.offsetParent);
    const row = rows.indexOf(event.target.closest("li"));
    const column = (other) => other && [...other.querySelectorAll("a.cell")];
    const own = column(rows[row]), index = own.indexOf(event.target);
    const down = column(rows[row + 1]), up = column(rows[row - 1]);
    const next = { ArrowLeft: own[index - 1] || (up && up.at(-1)), ArrowRight: own[index + 1] || (down && down[0]),
      ArrowDown: down && (down[index] || down.at(-1)), ArrowUp: up && (up[index] || up.at(-1)) }[event.key];
    if (next) { event.preventDefault(); rove(next); next.focus(); }
  }

  function rove(to) {
    for (const cell of cells) cell.tabIndex = cell === to ? 0 : -1;
  }

  document.addEventListener("keydown", (event) => {
    if (opened < 0) { walk(event); return; }
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const link = { Escape: ".back", n: "a[rel=next]", p: "a[rel=prev]" }[event.key];
    const found = link && view.querySelector(link);
    if (found) { event.preventDefault(); found.click(); }
  });
  addEventListener("beforeprint", () => { for (const each of view.querySelectorAll("details")) each.open = true; });
  addEventListener("hashchange", route);
  for (const cell of cells) cell.addEventListener("focus", () => rove(cell));
  document.querySelector(".show").addEventListener("change", () => {
    const first = cells.find((cell) => cell.offsetParent);
    if (first) rove(first);
  });
  if (cells.length) rove(cells[0]);
  document.documentElement.classList.add("scripted");
  route();
})();
