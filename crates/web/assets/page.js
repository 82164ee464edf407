// The one script. Every page works without it: it swaps fragments instead of whole pages,
// follows the event stream, keeps the focus, warns before signing out, keeps drafts, and adds
// single-key commands that can be switched off.
"use strict";
(() => {
  const body = document.body;
  const says = document.getElementById("says");
  const tell = (words) => { if (says) says.textContent = words; };
  const token = body.dataset.token || "";

  // Sends a small form of our own.
  const send = (path, fields) => fetch(path, {
    method: "POST",
    body: new URLSearchParams({ token, ...fields }),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });

  // Puts the part with this id of a page in place of ours, with focus and scrolling kept.
  const put = (page, id) => {
    const fresh = page.getElementById(id);
    const old = document.getElementById(id);
    if (!fresh || !old) return false;
    const focused = document.activeElement && document.activeElement.id;
    const openDetails = [...old.querySelectorAll("details")].map((d) => d.open);
    old.replaceWith(document.adoptNode(fresh));
    fresh.querySelectorAll("details").forEach((d, at) => { if (openDetails[at]) d.open = true; });
    const target = focused && document.getElementById(focused);
    if (target) target.focus({ preventScroll: true });
    return true;
  };

  let latest = 0;
  const load = async (path) => {
    const mine = ++latest;
    const response = await fetch(path, { headers: { accept: "text/html" } });
    if (response.redirected && new URL(response.url).pathname === "/sign-in") {
      location.assign(response.url);
      return null;
    }
    const text = await response.text();
    if (mine !== latest) return null;
    return new DOMParser().parseFromString(text, "text/html");
  };

  // Shows another view of the same list.
  const swap = async (path, id, remember) => {
    body.setAttribute("aria-busy", "true");
    try {
      const page = await load(path);
      if (!page) return;
      if (!put(page, id)) { location.assign(path); return; }
      if (remember) history.pushState({ id }, "", path);
      const caption = document.querySelector(`#${id} caption`);
      tell(caption ? caption.textContent : "The list has no rows.");
    } catch {
      location.assign(path);
    } finally {
      body.removeAttribute("aria-busy");
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[data-swap]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey
      || event.shiftKey || event.altKey) return;
    event.preventDefault();
    swap(link.getAttribute("href"), link.dataset.swap, true);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const file = form.querySelector("input[type=file][data-bytes-max]");
    const largest = file && Number(file.dataset.bytesMax);
    if (file && file.files[0] && file.files[0].size > largest) {
      event.preventDefault();
      const size = Math.floor(largest / 1048576);
      file.setCustomValidity(`This file is larger than ${size} MB. Put it into the inbox folder.`);
      file.reportValidity();
      return;
    }
    if (!form.dataset.swap || form.method !== "get") return;
    event.preventDefault();
    const fields = [...new FormData(form)].filter(([, value]) => value !== "");
    const path = form.getAttribute("action") + "?" + new URLSearchParams(fields);
    swap(path.replace(/\?$/, ""), form.dataset.swap, true);
  });
  document.addEventListener("change", (event) => {
    if (event.target.type === "file") event.target.setCustomValidity("");
    if (event.target.name === "ids") countSelected();
  });
  addEventListener("popstate", (event) => {
    if (event.state && event.state.id) swap(location.pathname + location.search, event.state.id);
    else location.reload();
  });

  const countSelected = () => {
    const count = document.querySelectorAll("input[name=ids]:checked").length;
    const out = document.getElementById("selected");
    if (out) out.textContent = count ? `${count} selected` : "";
  };

  // What changes elsewhere appears here. A form that is being filled in is left alone.
  const subjects = (body.dataset.live || "").split(" ").filter(Boolean);
  const concerns = (subject) => subjects.some((s) => subject === s || subject.startsWith(s + "/"));
  let waiting = 0;
  const refresh = async (words) => {
    waiting = 0;
    const active = document.activeElement;
    if (active && active.closest("main form") && /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName)) {
      tell("This page has changed. Load it again to see what is new.");
      return;
    }
    const checked = [...document.querySelectorAll("input[name=ids]:checked")].map((i) => i.value);
    const page = await load(location.pathname + location.search).catch(() => null);
    if (!page) return;
    const main = document.getElementById("main");
    main.querySelectorAll(":scope > [id]")
      .forEach((part) => put(page, part.id));
    document.querySelectorAll("input[name=ids]").forEach((input) => {
      input.checked = checked.includes(input.value);
    });
    countSelected();
    tell(words);
  };
  if (subjects.length && window.EventSource) {
    const stream = new EventSource("/events?after=" + (body.dataset.after || "0"));
    stream.addEventListener("change", (event) => {
      const [subject, words] = event.data.split("\n");
      if (!concerns(subject) || waiting) return;
      waiting = setTimeout(() => refresh(words), 150);
    });
    stream.addEventListener("signed-out", () => { stream.close(); location.reload(); });
    addEventListener("pagehide", () => stream.close());
  }

  // A warning before signing out, with one button to stay; what is typed is kept as a draft.
  const idle = Number(body.dataset.idle || 0) * 1000;
  const warn = Number(body.dataset.warn || 0) * 1000;
  let active = Date.now();
  let told = Date.now();
  let warning = null;
  const stay = async () => {
    active = told = Date.now();
    if (warning) { warning.remove(); warning = null; }
    await send("/session", {}).catch(() => {});
  };
  if (idle) {
    for (const kind of ["keydown", "pointerdown", "input"]) {
      addEventListener(kind, () => {
        active = Date.now();
        // Someone who types without loading pages is there: the node hears of it now and then.
        if (active - told > Math.min(60000, idle / 4)) stay();
      }, { passive: true });
    }
    setInterval(() => {
      const left = idle - (Date.now() - Math.max(told, 0));
      if (left <= 0) { location.reload(); return; }
      if (left > warn || warning) return;
      keepDrafts();
      warning = document.createElement("div");
      warning.className = "warning";
      warning.setAttribute("role", "alertdialog");
      warning.setAttribute("aria-label", "Signing out soon");
      const words = document.createElement("p");
      const minutes = Math.max(1, Math.ceil(left / 60000));
      words.textContent = `You will be signed out in ${minutes} min. What you typed is kept.`;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Stay signed in";
      button.addEventListener("click", stay);
      warning.append(words, button);
      body.append(warning);
      button.focus();
    }, 1000);
  }

  const touched = new Set();
  const keepDrafts = () => {
    for (const form of touched) {
      const fields = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "token"));
      send("/drafts", { ...fields, form: form.dataset.form }).catch(() => {});
    }
    touched.clear();
  };
  let keeping = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-form]");
    if (!form) return;
    touched.add(form);
    clearTimeout(keeping);
    keeping = setTimeout(keepDrafts, 1500);
  });

  // Single keys, outside of fields, unless switched off.
  const rows = () => [...document.querySelectorAll("table.rows tbody tr")];
  const current = () => document.activeElement && document.activeElement.closest("tbody tr");
  const move = (step) => {
    const all = rows();
    const at = all.indexOf(current());
    const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))];
    const link = next && (next.querySelector("th a, a") || next.querySelector("input"));
    if (link) link.focus();
  };
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (body.dataset.keys === "off" || event.metaKey || event.ctrlKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)
      && event.target.type !== "checkbox" && event.target.type !== "radio") return;
    const key = event.key;
    if (going) {
      clearTimeout(going);
      going = 0;
      const place = document.querySelector(`nav.places a[data-key="${CSS.escape(key)}"]`);
      if (place) { event.preventDefault(); place.click(); }
      return;
    }
    const row = current();
    if (key === "/") {
      const find = document.getElementById("find");
      if (find) { event.preventDefault(); find.focus(); find.select(); }
    } else if (key === "g") {
      going = setTimeout(() => { going = 0; }, 1500);
    } else if (key === "j" || key === "k") {
      event.preventDefault();
      move(key === "j" ? 1 : -1);
    } else if (key === "x" && row) {
      const box = row.querySelector("input[name=ids]");
      if (box) { box.checked = !box.checked; countSelected(); }
    } else if (key === "e") {
      const figure = (row || document.getElementById("main")).querySelector("a.figure");
      if (figure) figure.click();
    } else if (key === "?") {
      location.assign("/keys");
    }
  });

  const errors = document.getElementById("errors");
  if (errors) errors.focus();
})();
