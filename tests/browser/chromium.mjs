// A small driver for headless Chromium over its debugging pipe: no library, no port.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Starts a browser; `close` ends it and removes its profile.
export async function launch(program) {
  const profile = mkdtempSync(join(tmpdir(), "counterfoil-browser-"));
  const flags = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--disable-dev-shm-usage", "--disable-extensions", "--remote-debugging-pipe",
    `--user-data-dir=${profile}`, "about:blank",
  ];
  const child = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const [, , , write, read] = child.stdio;
  const waiting = new Map();
  const listeners = new Set();
  let last = 0;
  let text = "";
  read.on("data", (chunk) => {
    text += chunk;
    const messages = text.split("\0");
    text = messages.pop();
    for (const message of messages.map((m) => JSON.parse(m))) {
      const held = waiting.get(message.id);
      if (held) {
        waiting.delete(message.id);
        if (message.error) held.reject(new Error(`${held.method}: ${message.error.message}`));
        else held.resolve(message.result);
      } else {
        for (const listener of listeners) listener(message);
      }
    }
  });
  const send = (method, params = {}, sessionId) => new Promise((resolve, reject) => {
    const id = ++last;
    waiting.set(id, { resolve, reject, method });
    write.write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  });
  return {
    send,
    listeners,
    page: () => openPage({ send, listeners }),
    close: async () => {
      await send("Browser.close").catch(() => {});
      await new Promise((done) => { child.once("exit", done); setTimeout(done, 3000); });
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// A tab in a context of its own, so that nothing is shared with other tabs.
async function openPage({ send, listeners }) {
  const { browserContextId } = await send("Target.createBrowserContext");
  const { targetId } = await send("Target.createTarget", { url: "about:blank", browserContextId });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const ask = (method, params) => send(method, params, sessionId);
  const complaints = [];
  let bytes = 0;
  let loaded = null;
  const listener = (message) => {
    if (message.sessionId !== sessionId) return;
    const { method, params } = message;
    if (method === "Log.entryAdded" && params.entry.level === "error"
      && !/status of 4\d\d|status of 5\d\d/.test(params.entry.text)) {
      complaints.push(params.entry.text);
    } else if (method === "Runtime.exceptionThrown") {
      complaints.push(params.exceptionDetails.exception?.description ?? "exception");
    } else if (method === "Network.loadingFinished") {
      bytes += params.encodedDataLength;
    } else if (method === "Page.loadEventFired" && loaded) {
      loaded();
    }
  };
  listeners.add(listener);
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await ask(`${domain}.enable`);
  const settle = async (action) => {
    const arrived = new Promise((done) => { loaded = done; });
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error("no load")), 20000));
    await action();
    await Promise.race([arrived, late]);
    loaded = null;
  };
  const evaluate = async (expression) => {
    const answer = await ask("Runtime.evaluate", {
      expression, awaitPromise: true, returnByValue: true,
    });
    if (answer.exceptionDetails) {
      throw new Error(answer.exceptionDetails.exception?.description ?? "evaluation failed");
    }
    return answer.result.value;
  };
  const press = async (key) => {
    const named = { Enter: ["Enter", 13, "\r"], Tab: ["Tab", 9, ""], Space: [" ", 32, " "] }[key];
    const [name, code, typed] = named ?? [key, key.toUpperCase().charCodeAt(0), key];
    const common = { key: name, code: named ? key : "", windowsVirtualKeyCode: code };
    await ask("Input.dispatchKeyEvent", { type: "keyDown", text: typed, ...common });
    await ask("Input.dispatchKeyEvent", { type: "keyUp", ...common });
  };
  return {
    ask,
    evaluate,
    settle,
    press,
    complaints,
    type: (words) => ask("Input.insertText", { text: words }),
    go: (url) => settle(() => ask("Page.navigate", { url })),
    pressAndLoad: (key) => settle(() => press(key)),
    bytes: () => { const now = bytes; bytes = 0; return now; },
    view: async (width, scheme, height = 900) => {
      await ask("Emulation.setDeviceMetricsOverride", {
        width, height, deviceScaleFactor: 1, mobile: false,
      });
      await ask("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-color-scheme", value: scheme }],
      });
    },
    scripts: (value) => ask("Emulation.setScriptExecutionDisabled", { value: !value }),
    picture: async (file, whole = true) => {
      const { data } = await ask("Page.captureScreenshot", { captureBeyondViewport: whole });
      writeFileSync(file, Buffer.from(data, "base64"));
    },
    // Waits until an expression is true.
    until: async (expression, what = expression) => {
      for (let tries = 0; tries < 100; tries += 1) {
        if (await evaluate(expression).catch(() => false)) return;
        await new Promise((done) => setTimeout(done, 50));
      }
      throw new Error(`never true: ${what}`);
    },
    close: async () => {
      listeners.delete(listener);
      await send("Target.disposeBrowserContext", { browserContextId });
    },
  };
}
