// Tasks by keyboard alone, the same with scripts off, a change that arrives by itself, a draft
// that outlives the session, and an upload that is far too large.
//
// node tasks.mjs CHROMIUM GALLERY

import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { gallery, signIn } from "./gallery.mjs";

const [chromium, program] = process.argv.slice(2);
const failures = [];
let done = 0;

const focused = "document.activeElement.id || document.activeElement.textContent.trim()";
const expect = (is, what) => { if (!is) throw new Error(what); };
const text = (page) => page.evaluate("document.querySelector('main').innerText");

// Presses Tab until an expression about the focused element is true.
async function tabTo(page, test) {
  for (let presses = 0; presses < 80; presses += 1) {
    if (await page.evaluate(`((e) => ${test})(document.activeElement)`)) return;
    await page.press("Tab");
  }
  throw new Error(`Tab does not reach ${test}`);
}

const byKeyboard = {
  "find a claim": async (page) => {
    await page.press("/");
    expect(await page.evaluate(focused) === "find", "/ does not reach the field");
    await page.type("LHP26-100042");
    await page.pressAndLoad("Enter");
    expect((await text(page)).includes("Claim LHP26-100042"), "the claim is not shown");
  },
  "go to claims, move, select, and open a row": async (page) => {
    await page.press("g");
    await page.settle(() => page.press("c"));
    await page.press("j");
    await page.press("j");
    const number = await page.evaluate("document.activeElement.textContent");
    expect(/^LHP26-/.test(number), `j leads to ${number}`);
    await page.press("x");
    expect(await page.evaluate("document.getElementById('selected').textContent") === "1 selected",
      "x does not select");
    await page.pressAndLoad("Enter");
    expect((await text(page)).includes(number), "Enter does not open the row");
  },
  "sort without losing the focus": async (page, address) => {
    await page.go(`${address}/claims`);
    await tabTo(page, "e.id === 'sort-billed'");
    await page.press("Enter");
    await page.until("location.search === '?sort=-billed'", "the address holds the sorting");
    await page.until("document.activeElement.id === 'sort-billed'", "the focus stays");
    await page.press("Enter");
    await page.until("location.search === '?sort=billed'");
    await page.evaluate("history.back()");
    await page.until("location.search === '?sort=-billed'", "back leads back");
  },
  "explain an amount of a row": async (page, address) => {
    await page.go(`${address}/claims?state=denied`);
    await page.press("j");
    await page.settle(() => page.press("e"));
    expect((await text(page)).includes("Formula"), "no explanation");
  },
  "decide a pended claim": async (page, address) => {
    await page.go(`${address}/claims?state=pended`);
    await page.press("j");
    await page.pressAndLoad("Enter");
    await tabTo(page, "e.name === 'choice'");
    await page.press("Space");
    await tabTo(page, "e.tagName === 'BUTTON' && e.textContent === 'Decide'");
    await page.pressAndLoad("Enter");
    expect((await text(page)).includes("approved"), "the decision is not shown");
  },
  "match a payment": async (page, address) => {
    await page.go(`${address}/remittances?outcome=leftover`);
    await page.press("j");
    await page.pressAndLoad("Enter");
    expect((await text(page)).includes("What is left over, and why"), "no cause of the leftover");
  },
  "countersign a settlement": async (page, address) => {
    await page.go(`${address}/settlements`);
    await tabTo(page, "e.textContent === 'medicare_shared_savings 2019'");
    await page.pressAndLoad("Enter");
    await tabTo(page, "e.id === 'countersign'");
    await page.pressAndLoad("Enter");
    expect((await text(page)).includes("SHA-256"), "the digest is not shown");
    await tabTo(page, "e.tagName === 'BUTTON' && e.textContent === 'Sign'");
    await page.pressAndLoad("Enter");
    expect((await text(page)).includes("the same"), "the settlement is not agreed");
  },
  "check a claim, try a value": async (page, address) => {
    await page.go(`${address}/check`);
    await tabTo(page, "e.id === 'text'");
    await page.type("ISA*00*");
    await tabTo(page, "e.tagName === 'BUTTON' && e.textContent === 'Check'");
    await page.pressAndLoad("Enter");
    expect((await text(page)).includes("mend before sending"), "no verdict");
    await tabTo(page, "e.name === 'try-address'");
    await page.type("12 Elm Street");
    await page.pressAndLoad("Enter");
    expect((await text(page)).includes("ready to send"), "trying does not show");
  },
  "switch the keys off": async (page, address) => {
    await page.go(`${address}/keys`);
    await tabTo(page, "e.name === 'keys'");
    await page.evaluate("document.querySelector('[value=nokeys]').focus()");
    await page.press("Space");
    await tabTo(page, "e.tagName === 'BUTTON' && e.textContent === 'Keep'");
    await page.pressAndLoad("Enter");
    await page.press("/");
    expect(await page.evaluate(focused) !== "find", "/ still works");
  },
};

// With scripts off: links and forms alone.
const withoutScripts = {
  "filter, sort, page and select": async (page, address) => {
    await page.go(`${address}/claims`);
    await page.evaluate("document.getElementById('filter-state').value = 'paid'");
    await page.settle(() => page.evaluate("document.getElementById('filter-go').click()"));
    expect((await text(page)).includes("where state is paid"), "no filter");
    await page.settle(() => page.evaluate("document.getElementById('sort-paid').click()"));
    await page.settle(() => page.evaluate("document.getElementById('page-next').click()"));
    expect((await text(page)).includes("101 to 200 of"), "no second page");
    await page.evaluate("document.querySelectorAll('[name=ids]')[3].click()");
    await page.settle(() => page.evaluate("document.getElementById('show-selected').click()"));
    expect((await text(page)).includes("1 claim where 1 are selected"), "no selection");
  },
  "find, open, explain": async (page, address) => {
    await page.go(`${address}/queue`);
    await page.evaluate("document.getElementById('find').focus()");
    await page.type("LHP26-100042");
    await page.pressAndLoad("Enter");
    await page.settle(() => page.evaluate("document.querySelector('dl.money .figure').click()"));
    expect((await text(page)).includes("Clause and rule"), "no explanation");
  },
  "decide, with what is missing told": async (page, address) => {
    await page.go(`${address}/claims?state=pended`);
    await page.settle(() => page.evaluate("document.querySelectorAll('tbody th a')[1].click()"));
    await page.settle(() => page.evaluate("document.querySelector('#decision button').click()"));
    expect((await text(page)).includes("Choose what to decide."), "nothing is told");
    await page.evaluate("document.getElementById('choice-0').click()");
    await page.settle(() => page.evaluate("document.querySelector('#decision button').click()"));
    expect((await text(page)).includes("approved"), "not decided");
  },
  "sign a contract, with the digest shown first": async (page, address) => {
    await page.go(`${address}/contracts/c2/signature`);
    await page.settle(() => page.evaluate("document.querySelector('#sign button').click()"));
    expect((await text(page)).includes("signed for later"), "the contract is not signed");
  },
  "an upload of 5 GB": async (page, address) => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-upload-"));
    const path = join(folder, "large.837");
    const file = openSync(path, "w");
    ftruncateSync(file, 5 * 1024 ** 3);
    closeSync(file);
    try {
      await page.go(`${address}/files`);
      const { result } = await page.ask("Runtime.evaluate", {
        expression: "document.getElementById('file')",
      });
      await page.ask("DOM.setFileInputFiles", { files: [path], objectId: result.objectId });
      await page.settle(() => page.evaluate("document.querySelector('form.card button').click()"));
      expect((await text(page)).includes("larger than the node takes"), await text(page));
      await page.go(`${address}/files`);
      expect((await text(page)).includes("File desk"), "the node is gone");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function attempt(name, task) {
  try {
    await task();
    done += 1;
  } catch (error) {
    failures.push(`${name}: ${error.message}`);
  }
}

const browser = await launch(chromium);
try {
  const { address, stop } = await gallery(program, "full");
  try {
    const page = await browser.page();
    await page.view(1280, "light");
    await signIn(page, address, "all");
    for (const [name, task] of Object.entries(byKeyboard)) {
      await attempt(`by keyboard: ${name}`, () => task(page, address));
    }
    for (const complaint of page.complaints) failures.push(`complaint: ${complaint}`);
    const plain = await browser.page();
    await plain.view(1280, "light");
    await plain.scripts(false);
    await signIn(plain, address, "all");
    for (const [name, task] of Object.entries(withoutScripts)) {
      await attempt(`without scripts: ${name}`, () => task(plain, address));
    }
    await attempt("a decision appears on a page that is open", async () => {
      const watcher = await browser.page();
      await watcher.view(1280, "light");
      await signIn(watcher, address, "pb", "/claims?state=pended");
      await watcher.evaluate("document.querySelector('tbody th a').focus()");
      await watcher.pressAndLoad("Enter");
      expect((await text(watcher)).includes("pended"), "not pended");
      const path = await watcher.evaluate("location.pathname");
      await plain.go(address + path);
      await plain.evaluate("document.getElementById('choice-0').click()");
      await plain.settle(() => plain.evaluate("document.querySelector('#decision button').click()"));
      await watcher.until("document.querySelector('.summary').innerText.includes('approved')",
        "the decision arrives by itself");
    });
  } finally {
    stop();
  }
  const short = await gallery(program, "full", 1 << 30, 6, 4);
  try {
    await attempt("a draft outlives the session", async () => {
      const page = await browser.page();
      await page.view(1280, "light");
      await signIn(page, short.address, "po", "/claims?state=pended");
      await page.press("j");
      await page.pressAndLoad("Enter");
      await page.evaluate("document.getElementById('reason').focus()");
      await page.type("waits for the other plan");
      await page.until("document.querySelector('.warning')", "a warning before signing out");
      await page.until("location.pathname === '/sign-in'", "signed out");
      const next = await page.evaluate("new URLSearchParams(location.search).get('next')");
      await signIn(page, short.address, "po", next);
      const kept = await page.evaluate("document.getElementById('reason').value");
      expect(kept.trim() === "waits for the other plan", `the draft is ${kept}`);
    });
  } finally {
    short.stop();
  }
} finally {
  await browser.close();
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${done} tasks done, ${failures.length} failures`);
process.exitCode = failures.length ? 1 : 0;
