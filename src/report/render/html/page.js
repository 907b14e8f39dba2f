"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("index").textContent);
  const ROW = 30; // height of a row in pixels, as in the style sheet
  const PRINTED = 5000; // most rows that are printed
  const KEPT = 4; // unpacked groups of messages kept in memory

  // A row of the index, by name.
  const ID = 0, TIME = 1, FROM = 2, TO = 3, SIZE = 4, OUTCOME = 5, STATE = 6, REASON = 7, DURATION = 8, FRAMES = 9,
    SUBJECT = 10, MESSAGE_ID = 11, MORE = 12;
  const TONES = ["good", "bad", "mixed", "open"];
  const GLYPHS = ["\u2714", "\u2718", "\u25d0", "\u25cb"];

  // Text from a capture: what could hide or turn text round is spelt out.
  const HIDDEN = new RegExp("[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e" +
    "\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]|[\\u{e0000}-\\u{e007f}]", "gu");
  const clean = (text) => String(text).replace(HIDDEN, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");

  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined && text !== null) element.textContent = clean(text);
    return element;
  };
  const draw = (name, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = clean(text);
    return element;
  };

  const size = (octets) => {
    if (octets === null || octets === undefined) return "";
    for (const [factor, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) {
      if (octets >= factor) return (Math.floor(octets / (factor / 10)) / 10).toFixed(1) + " " + unit;
    }
    return octets + " B";
  };
  const duration = (ms) => {
    if (ms === null || ms === undefined) return "";
    const abs = Math.abs(ms);
    if (abs < 9.95) return ms.toFixed(1) + " ms";
    if (abs < 999.5) return ms.toFixed(0) + " ms";
    if (abs < 59950) return (ms / 1000).toFixed(1) + " s";
    const seconds = Math.round(ms / 1000);
    if (Math.abs(seconds) < 3600) return Math.trunc(seconds / 60) + " min " + Math.abs(seconds % 60) + " s";
    const minutes = Math.round(seconds / 60);
    return Math.trunc(minutes / 60) + " h " + Math.abs(minutes % 60) + " min";
  };
  // Times in the zone of the run; their offset stands above them, and behind each that has another.
  const offsetAt = (ms) => data.zone.offsets.filter(([from]) => from <= ms).pop() || data.zone.offsets[0];
  const withOffset = (ms, text) => (offsetAt(ms)[1] === data.zone.usual ? text : text + " " + offsetAt(ms)[2]);
  const onTheClock = (ms) => new Date(ms + offsetAt(ms)[1] * 1000).toISOString().replace("T", " ").replace("Z", "");
  const time = (ms) => (ms === null ? "" : withOffset(ms, onTheClock(ms)));
  const exact = (text) => { // RFC 3339 in UTC, as exact as it is
    const [whole, fraction] = text.replace("Z", "").split("."), ms = Date.parse(whole + "Z");
    return withOffset(ms, onTheClock(ms).split(".")[0] + "." + fraction);
  };
  const grouped = (n) => (n > 9999 ? String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f") : String(n));

  const COLUMNS = [
    { key: ID, name: "ID", right: true, text: (r) => r[ID] },
    { key: TIME, name: "Time (" + data.zone.name + ")", large: true, text: (r) => time(r[TIME]) },
    { key: FROM, name: "From", large: true, text: (r) => r[FROM] },
    { key: TO, name: "To", text: (r) => r[TO] },
    { key: SIZE, name: "Size", right: true, spare: true, text: (r) => size(r[SIZE]) },
    { key: OUTCOME, name: "Outcome", text: (r) => GLYPHS[r[OUTCOME]] + " " + data.outcomes[r[OUTCOME]] },
    { key: STATE, name: "State", spare: true, text: (r) => data.states[r[STATE]] },
    { key: REASON, name: "Reason", large: true, text: (r) => r[REASON] },
    { key: DURATION, name: "Duration", right: true, spare: true, text: (r) => duration(r[DURATION]) },
    { key: FRAMES, name: "Frames", spare: true, text: (r) => r[FRAMES] },
  ];

  const rows = data.rows;
  const haystack = rows.map((r) =>
    [r[ID], r[FROM], r[TO], data.outcomes[r[OUTCOME]], data.states[r[STATE]], r[REASON], r[SUBJECT], r[MESSAGE_ID],
      time(r[TIME]), r[FRAMES], r[MORE]]
      .filter((part) => part !== null).join("\n").toLowerCase());
  let order = rows.map((_, at) => at);
  let shown = order;
  let sort = { column: COLUMNS[0], down: false };
  const wanted = new Set();
  let span = null; // [from, until] in milliseconds, where a column of the chart was chosen
  let chosen = -1; // place in `shown`
  let open = -1; // place in `rows`

  // ---- the table

  const view = $("view"), fill = $("fill"), head = $("head"), found = $("found"), search = $("search");

  // What the style sheet is to know of a column: `spare` is left out of narrow windows, `large` of those of phones.
  const classOf = (column) => ["right", "spare", "large"].filter((name) => column[name]).join(" ");
  const cellOf = (column, text) => {
    const cell = make("span", classOf(column), text);
    cell.setAttribute("role", "gridcell");
    return cell;
  };
  const rowAt = (place) => {
    const at = shown[place];
    const row = make("div", "row");
    row.id = "row-" + at;
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", place + 2);
    row.setAttribute("aria-selected", place === chosen ? "true" : "false");
    row.style.top = place * ROW + "px";
    row.dataset.place = place;
    for (const column of COLUMNS) {
      const text = column.text(rows[at]);
      const cell = cellOf(column, text === null ? "" : text);
      if (column.key === OUTCOME || column.key === STATE) cell.classList.add(TONES[rows[at][OUTCOME]]);
      cell.title = cell.textContent;
      row.append(cell);
    }
    return row;
  };
  const render = () => {
    const first = Math.max(0, Math.floor(view.scrollTop / ROW) - 10);
    const last = Math.min(shown.length, first + Math.ceil(view.clientHeight / ROW) + 20);
    renderRange(first, last);
  };
  const renderRange = (first, last) => {
    const fragment = document.createDocumentFragment();
    for (let place = first; place < last; place++) fragment.append(rowAt(place));
    if (!shown.length) fragment.append(make("div", "empty", "No message fits."));
    fill.replaceChildren(fragment);
    if (chosen >= 0 && chosen < shown.length) view.setAttribute("aria-activedescendant", "row-" + shown[chosen]);
    else view.removeAttribute("aria-activedescendant");
  };
  const renderHead = () => {
    head.replaceChildren(...COLUMNS.map((column) => {
      const cell = make("span", classOf(column));
      cell.setAttribute("role", "columnheader");
      const mine = sort.column === column;
      cell.setAttribute("aria-sort", mine ? (sort.down ? "descending" : "ascending") : "none");
      const button = make("button", "", column.name + (mine ? (sort.down ? " \u25bc" : " \u25b2") : ""));
      button.type = "button";
      button.dataset.column = column.name;
      button.addEventListener("click", () => {
        sort = { column, down: mine ? !sort.down : false };
        arrange(false);
        head.querySelector('[data-column="' + column.name + '"]').focus();
      });
      cell.append(button);
      return cell;
    }));
  };
  const compare = (a, b) => {
    const key = sort.column.key, x = rows[a][key], y = rows[b][key];
    if (x === y) return a - b;
    if (x === null || x === "") return 1;
    if (y === null || y === "") return -1;
    const less = typeof x === "number" ? x - y : (x < y ? -1 : 1);
    return sort.down ? -less : less;
  };
  const arrange = (follow) => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const bar of document.querySelectorAll(".click")) bar.setAttribute("aria-pressed", isChosen(bar));
    const kept = chosen >= 0 ? shown[chosen] : -1;
    order.sort(compare);
    const began = (time) => time !== null && time >= span[0] && time < span[1];
    shown = order.filter((at) => (!wanted.size || wanted.has(rows[at][OUTCOME])) && (!span || began(rows[at][TIME])) &&
      words.every((word) => haystack[at].includes(word)));
    chosen = kept >= 0 ? shown.indexOf(kept) : -1;
    found.textContent = shown.length === rows.length
      ? grouped(rows.length) + (rows.length === 1 ? " message" : " messages")
      : grouped(shown.length) + " of " + grouped(rows.length) + " messages";
    fill.style.height = Math.max(shown.length * ROW, ROW) + "px";
    $("grid").setAttribute("aria-rowcount", shown.length + 1);
    renderHead();
    view.scrollTop = 0;
    if (follow && chosen >= 0) reveal(chosen);
    render();
  };
  const reveal = (place) => {
    const top = place * ROW;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + ROW > view.scrollTop + view.clientHeight) view.scrollTop = top + ROW - view.clientHeight;
  };
  const choose = (place) => {
    if (!shown.length) return;
    chosen = Math.max(0, Math.min(shown.length - 1, place));
    reveal(chosen);
    render();
    if (open >= 0) show(shown[chosen]);
  };

  let due = false;
  view.addEventListener("scroll", () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; render(); });
  });
  addEventListener("resize", render);
  view.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row) return;
    chosen = Number(row.dataset.place);
    render();
    show(shown[chosen]);
  });
  view.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(view.clientHeight / ROW) - 1);
    const moves = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + page, PageUp: chosen - page,
      Home: 0, End: shown.length - 1 };
    if (event.key in moves) choose(moves[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && chosen >= 0) show(shown[chosen], true);
    else return;
    event.preventDefault();
  });
  search.addEventListener("input", () => arrange(true));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    view.focus();
    if (chosen < 0) choose(0);
  });
  for (const button of document.querySelectorAll("[data-outcome]")) {
    button.addEventListener("click", () => {
      const outcome = Number(button.dataset.outcome);
      if (!wanted.delete(outcome)) wanted.add(outcome);
      button.setAttribute("aria-pressed", wanted.has(outcome) ? "true" : "false");
      arrange(true);
    });
  }
  // A bar of a chart selects what it counts, and once more all again.
  const isChosen = ({ dataset }) => String(dataset.choose !== undefined ? wanted.has(Number(dataset.choose))
    : dataset.find !== undefined ? search.value === dataset.find : !!span && span[0] === Number(dataset.from));
  const clickBar = (bar) => {
    const { choose, find, from, until } = bar.dataset, chosen = isChosen(bar) === "true";
    if (choose !== undefined) document.querySelector('[data-outcome="' + choose + '"]').click();
    else {
      if (find !== undefined) search.value = chosen ? "" : find;
      else span = chosen ? null : [Number(from), Number(until)];
      arrange(true);
    }
    found.scrollIntoView({ block: "nearest" });
  };
  for (const bar of document.querySelectorAll(".click")) {
    bar.addEventListener("click", () => clickBar(bar));
    bar.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      clickBar(bar);
    });
  }
  addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && open >= 0) close();
  });

  // ---- one message

  const panel = $("panel");
  const groups = new Map();
  const group = (number) => {
    if (!groups.has(number)) {
      const packed = Uint8Array.from(atob($("group-" + number).textContent), (c) => c.charCodeAt(0));
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
      groups.set(number, new Response(stream).json());
      if (groups.size > KEPT) groups.delete(groups.keys().next().value);
    }
    return groups.get(number);
  };
  const close = () => {
    open = -1;
    panel.hidden = true;
    history.replaceState(null, "", location.pathname + location.search);
    view.focus();
  };
  const show = async (at, focus) => {
    open = at;
    const all = await group(Math.floor(at / data.group));
    if (open !== at) return; // another one was chosen meanwhile
    const body = make("div");
    fillPanel(body, all[at % data.group]);
    const button = make("button", "close", "Close");
    button.type = "button";
    button.addEventListener("click", close);
    panel.replaceChildren(button, body);
    panel.hidden = false;
    panel.scrollTop = 0;
    history.replaceState(null, "", "#message-" + rows[at][ID]);
    if (focus) button.focus();
  };

  const facts = (parent, pairs) => {
    const list = make("dl", "facts");
    for (const [name, value, tone] of pairs) {
      if (value === null || value === undefined || value === "") continue;
      list.append(make("dt", "", name), make("dd", tone || "", value));
    }
    if (list.childElementCount) parent.append(list);
  };
  const code = (value) => (value ? (value.name || "not assigned") + " (" + value.code + ")" : null);
  const place = (frame, capture) => (capture ? capture + 1 + ":" : "") + frame;
  const seen = (where) => {
    if (!where) return "not seen";
    const frames = where.first_frame === where.frame ? "frame " + place(where.frame, where.capture)
      : "frames " + place(where.first_frame, where.capture) + "\u2013" + place(where.frame, where.capture);
    return [frames, exact(where.time), where.bearer, where.src + " \u2192 " + where.dst]
      .join(", ");
  };
  // What was said with a status, and by whom.
  const said = (leg) => {
    if (!leg) return "";
    const phrase = leg.bearer_status && leg.bearer_status.name, server = leg.server;
    return (phrase ? " " + phrase : "") + (server ? " (Server: " + server + ")" : "");
  };
  const answer = (status, latency, leg) =>
    [status ? "HTTP " + status + said(leg) : null, latency === null || latency === undefined ? null : "after " + duration(latency)]
      .filter(Boolean).join(", ");
  const bad = (status) => (status >= 400 ? "bad" : "");
  const hops = (leg) => leg.hops.map((hop) => ["also", seen(hop), "soft"]);

  // Copies Wireshark's filter for the frames; where the browser does not let it, the filter stands there to be copied.
  const copyButton = (filter) => {
    const line = make("p"), button = make("button", "copy", "Copy Wireshark filter"), text = make("code", "mono", filter);
    button.type = "button";
    button.dataset.filter = filter;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(filter);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = document.execCommand("copy") ? "Copied" : "Selected: copy it";
      }
    });
    line.append(button, " ", text);
    return line;
  };

  const fillPanel = (body, detail) => {
    const m = detail.message, tone = TONES[data.outcomes.indexOf(m.outcome)];
    const title = make("h1", "", "Message " + m.id + "  ");
    title.append(make("span", tone, GLYPHS[data.outcomes.indexOf(m.outcome)] + " " + m.outcome + ", " + m.state));
    body.append(title, make("p", "soft", detail.state + (detail.reason ? " \u2014 " + detail.reason : "")));
    facts(body, [
      ["Message id", m.message_id], ["From", m.from], ["To", m.to.join(", ")], ["Cc", m.cc.join(", ")],
      ["Bcc", m.bcc.join(", ")], ["Subject", m.subject],
      ...data.headers.map(([label, name]) => [label[0].toUpperCase() + label.slice(1), m[name]]),
      ["Content type", m.content_type], ["Size", m.size === null ? null : grouped(m.size) + " octets"],
      ["Time (" + data.zone.name + ")", m.started && exact(m.started) + " \u2013 " + exact(m.ended) +
        " (" + duration(m.duration_ms) + ")"],
      ["Frames", detail.frames], ["Evidence", detail.evidence],
    ]);
    detail.filters.forEach((filter) => body.append(copyButton(filter)));
    for (const failure of m.failures) {
      const box = make("div", "failure");
      const where = failure.frame === null ? "" : ", frame " + place(failure.frame, failure.capture);
      box.append(make("p", "bad", detail.failures[m.failures.indexOf(failure)] + where +
        (failure.recipient ? ", for " + failure.recipient : "") + " [" + failure.kind + "]"));
      if (failure.detail) box.append(make("p", "", failure.detail));
      if (failure.cause) box.append(make("p", "bad", "\u2190 " + failure.cause.text));
      box.append(make("p", "soft", data.advice[failure.kind]));
      body.append(box);
    }
    if (detail.ladder.rows.length) {
      body.append(make("h2", "", "Call flow"));
      const flow = make("div", "flow");
      flow.tabIndex = 0;
      flow.append(ladder(detail.ladder));
      body.append(flow);
    }
    surroundings(body, m);
    legs(body, m);
    content(body, m);
    if (m.links.length) {
      body.append(make("h2", "", "How its legs were joined"));
      m.links.forEach((link, at) => body.append(make("p", "", detail.links[at] + (link.detail ? ": " + link.detail : ""))));
    }
  };

  const surroundings = (body, m) => {
    if (!m.context.length) return;
    body.append(make("h2", "", "What other systems were asked"));
    const where = (entry) => [entry.request, entry.response].filter(Boolean)
      .map((passage) => "frame " + place(passage.frame, passage.capture)).join(", ");
    facts(body, m.context.map((entry) => [entry.system, entry.summary + ", " + where(entry), entry.failed ? "bad" : ""]));
  };

  const legs = (body, m) => {
    const s = m.submission;
    if (s) {
      body.append(make("h2", "", "Submission: " + s.state + (s.tries > 1 ? ", last of " + s.tries + " tries" : "")));
      facts(body, [
        [s.pdu, seen(s.request)], ...hops(s), ["Transaction id", s.transaction_id], ["MMS version", s.mms_version],
        ["Answer", seen(s.response)], ["", answer(s.http_status, s.latency_ms, s), bad(s.http_status)],
        ["Response status", code(s.response_status)], ["Response text", s.response_text],
      ]);
    }
    for (const d of m.deliveries) {
      body.append(make("h2", "", "Delivery to " + (d.recipient || "an unknown recipient") + ": " + d.outcome + ", " + d.state));
      for (const n of d.notifications) facts(body, [
        ["m-notification-ind", seen(n.seen)], ...hops(n), ["", n.copies > 1 ? "sent " + n.copies + " times" : null],
        ["Transaction id", n.transaction_id], ["Content location", n.content_location],
        ["Announced size", n.message_size === null ? null : grouped(n.message_size) + " octets"], ["Expires", n.expiry && exact(n.expiry)],
      ]);
      for (const r of d.retrievals) facts(body, [
        ["GET", seen(r.request)], ["URL", r.url], ...hops(r), ["Answer", seen(r.response)],
        ["", answer(r.http_status, r.latency_ms, r), bad(r.http_status)], ["Retrieve status", code(r.retrieve_status)],
        ["Body", r.bytes === null ? null : grouped(r.bytes) + " octets, " + (r.complete ? "whole" : "not whole")],
      ]);
      for (const a of d.acknowledgements) facts(body, [
        [a.pdu, seen(a.request)], ...hops(a), ["Status", code(a.status)], ["Answer", seen(a.response)],
        ["", answer(a.http_status, null, a), bad(a.http_status)],
      ]);
      for (const r of d.delivery_reports) facts(body, [
        ["m-delivery-ind", seen(r.seen)], ...hops(r), ["Status", code(r.status)], ["Date", r.date && exact(r.date)],
      ]);
      for (const r of d.read_reports) facts(body, [
        [r.pdu, seen(r.seen)], ...hops(r), ["Status", code(r.status)], ["", answer(r.http_status, null), bad(r.http_status)],
      ]);
    }
  };

  const content = (body, m) => {
    if (!m.parts.length) return;
    body.append(make("h2", "", "Parts"));
    const thumbs = make("div", "thumbs");
    m.parts.forEach((part, at) => {
      facts(body, [
        ["Part " + (at + 1), (part.name || part.content_location || part.content_id || "(no name)") + ", " +
          part.content_type + (part.charset ? ", " + part.charset : "") + ", " + grouped(part.size) + " octets"],
        ["SHA-256", part.sha256, "mono"],
      ]);
      const picture = $("picture-" + part.sha256);
      if (!picture) return;
      const image = make("img");
      image.src = "data:" + picture.dataset.media + ";base64," + picture.textContent;
      image.alt = clean(part.name || "part " + (at + 1));
      thumbs.append(image);
    });
    if (thumbs.childElementCount) body.append(thumbs);
  };

  const wordsOf = (row) => (row.note !== undefined ? "\u2718 " + row.note
    : (row.times > 1 ? "\u00d7" + row.times + " " : "") + (row.broken ? "(cut) " : "") + row.label);
  // A text in lines of at most so many characters, at blanks where there are any.
  const wrapped = (text, most) => {
    const lines = [""];
    for (let word of clean(text).split(" ")) {
      if (lines.at(-1) && lines.at(-1).length + 1 + word.length > most) lines.push("");
      for (; word.length > most; word = word.slice(most)) lines.splice(-1, 1, word.slice(0, most), "");
      lines.push((lines.at(-1) ? lines.at(-1) + " " : "") + word);
      lines.splice(-2, 1);
    }
    return lines.slice(0, 6);
  };
  const words = (x, y, tone, text, lines) => {
    const node = draw("text", { x, y: y + 4, class: tone });
    lines.forEach((line, at) => node.append(draw("tspan", at ? { x, dy: 16 } : { x }, line)));
    node.append(draw("title", {}, text));
    return node;
  };

  // What a host is called, and whose it is: the first, and how many more.
  const knownAs = (p) => {
    const all = (p.name ? [p.name] : []).concat(p.owners);
    return all.length > 1 ? all[0] + " +" + (all.length - 1) : all.join("");
  };

  // Participants as columns, an arrow a row, words to the right.
  const ladder = (flow) => {
    const LEFT = 140, LINE = 16, STEP = 26, TOP = 62;
    // A lane is as wide as what stands above it, and the words take what the panel leaves, in several lines.
    const CHARACTER = 6.6, widest = Math.max(...flow.participants.map((p) => Math.max(p.host.length, knownAs(p).length)));
    const LANE = Math.max(90, Math.min(260, widest * CHARACTER + 14));
    const lanes = LANE * Math.max(0, flow.participants.length - 1);
    // The panel has no width of its own before it is shown.
    const room = panel.clientWidth || Math.min(innerWidth, 110 * 16);
    const WORDS = Math.max(300, room - 60 - LEFT - lanes);
    const x = (lane) => LEFT + lane * LANE;
    const lines = flow.rows.map((row) => wrapped(wordsOf(row), Math.floor(WORDS / CHARACTER)));
    const places = [];
    const bottom = lines.reduce((y, text) => { places.push(y); return y + STEP + LINE * (text.length - 1); }, TOP + STEP);
    const width = x(flow.participants.length - 1) + 20 + WORDS, height = bottom;
    const svg = draw("svg", { width, height, viewBox: "0 0 " + width + " " + height, role: "img",
      "aria-label": "Call flow" });
    flow.participants.forEach((p, lane) => {
      svg.append(
        draw("text", { x: x(lane), y: 14, "text-anchor": "middle", class: "role" }, p.role),
        draw("text", { x: x(lane), y: 30, "text-anchor": "middle", class: "soft" }, p.host),
        draw("text", { x: x(lane), y: 46, "text-anchor": "middle", class: "soft" },
          knownAs(p)),
        draw("path", { d: "M" + x(lane) + " 54V" + height, class: "lane" }));
    });
    flow.rows.forEach((row, at) => {
      const y = places[at], beyond = x(flow.participants.length - 1) + 16;
      if (row.note !== undefined) {
        svg.append(words(beyond, y, "bad", wordsOf(row), lines[at]));
        return;
      }
      const tone = row.bad ? " bad" : "", from = x(row.from), to = x(row.to), back = to >= from ? -8 : 8;
      const line = draw("path", { d: "M" + from + " " + y + "H" + to, class: "arrow" + tone });
      if (row.broken || row.dashed) line.setAttribute("stroke-dasharray", row.broken ? "5 4" : "2 3");
      svg.append(
        draw("text", { x: 4, y: y + 4, class: "frame" }, row.frame), draw("text", { x: 70, y: y + 4, class: "frame" }, row.offset),
        line, draw("path", { d: "M" + to + " " + y + "l" + back + " -4v8z", class: "tip" + tone }),
        words(beyond, y, tone.trim(), wordsOf(row), lines[at]));
    });
    return svg;
  };

  // ---- paper, and where to begin

  addEventListener("beforeprint", () => renderRange(0, Math.min(shown.length, PRINTED)));
  addEventListener("afterprint", render);
  const fromAddress = () => {
    const match = /^#message-(\d+)$/.exec(location.hash);
    const at = match ? rows.findIndex((row) => row[ID] === Number(match[1])) : -1;
    if (at < 0 || at === open) return;
    chosen = shown.indexOf(at);
    if (chosen >= 0) { reveal(chosen); render(); }
    show(at);
  };
  addEventListener("hashchange", fromAddress);
  arrange(true);
  fromAddress();
  document.documentElement.dataset.ready = "true";
})();
