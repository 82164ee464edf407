// Every screen in light and dark, wide and narrow, full, empty and broken: no violation of
// WCAG 2.0 to 2.2 A and AA that axe-core can find, nothing wider than the window at 320 pixels,
// no complaint of the browser, a first load of at most 60 KB.
//
// node pages.mjs CHROMIUM GALLERY AXE [FOLDER FOR PICTURES]
//
// With pictures every screen is looked at in all four ways; without, in two that have each width
// and each scheme once.

import { readFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { gallery, signIn } from "./gallery.mjs";

const [chromium, program, axePath, pictures] = process.argv.slice(2);
const axe = readFileSync(axePath, "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
const FIRST_LOAD_BYTES_MAX = 60 * 1024;
let failed = 0;
// Told at once, so that a run that is cut short has told what it found.
const fail = (words) => { failed += 1; console.log(`FAILED ${words}`); };
let checked = 0;

// Addresses of one of each kind, read from the lists.
async function addresses(page, address) {
  const first = async (list, selector) => {
    await page.go(address + list);
    return page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.getAttribute("href")`);
  };
  const claim = await first("/claims?state=paid", "tbody th a");
  const pended = await first("/claims?state=pended", "tbody th a");
  const file = await first("/files?standing=partly+refused", "tbody th a");
  const reading = await first("/files?standing=being+read", "tbody th a");
  const payment = await first("/remittances?outcome=leftover", "tbody th a");
  const entry = await first("/ledger/entries", "tbody th a");
  const held = await first("/held", "tbody th a");
  const figure = await first(claim, "dl.money .figure");
  const total = await first("/claims?state=paid", "tfoot .figure");
  return {
    work: "/queue", files: "/files", file, reading, raw: `${file}/raw?from=1`, claims: "/claims",
    sorted: "/claims?state=paid&sort=-billed&page=2", claim, pended, whatif: `${pended}/check`,
    check: "/check", heldClaims: "/held", held, scorecard: "/scorecard", payments: "/remittances", payment, ledger: "/ledger",
    entries: "/ledger/entries", entry, audit: "/audit", node: "/node", find: "/find?q=LHP26",
    contracts: "/contracts", contract: "/contracts/c2", unsound: "/contracts/m1",
    changes: "/contracts/c2/changes", simulation: "/contracts/c1/simulation",
    unreadable: "/contracts/c1/simulation?size=many", signContract: "/contracts/c2/signature",
    settlements: "/settlements", settlement: "/settlements/s2018?row=2",
    countersign: "/settlements/s2019/signature", onesided: "/settlements/m2018",
    explainTerm: "/explain/settlement/s2018/row-2-term-3",
    explainLuck: "/explain/simulation/c1/luck-paid",
    explain: figure, total, keys: "/keys", nothing: "/claims/none", nofilter: "/claims?q=zzzz",
  };
}

async function check(page, name) {
  await page.evaluate(axe + ";0");
  const violations = await page.evaluate(`axe.run(document, {
    runOnly: ${JSON.stringify(TAGS)}, resultTypes: ["violations"],
  }).then((r) => r.violations.map((v) => v.id + " (" + v.nodes.length + "): "
    + v.nodes[0].html.slice(0, 160) + " " + v.nodes[0].failureSummary))`);
  for (const violation of violations) fail(`${name}: ${violation}`);
  for (const complaint of page.complaints.splice(0)) fail(`${name}: ${complaint}`);
  checked += 1;
}

async function checkAll(page, address, screens, mood) {
  for (const [name, path] of Object.entries(screens)) {
    await page.view(1280, "light");
    await page.go(address + path);
    const few = [[1280, "light"], [390, "dark"]];
    const all = [...few, [1280, "dark"], [390, "light"]];
    for (const [width, scheme] of pictures ? all : few) {
      await page.view(width, scheme);
      const label = `${mood} ${name} ${width} ${scheme}`;
      await check(page, label);
      if (pictures) {
        await page.picture(join(pictures, `${mood}-${name}-${width}-${scheme}.png`),
          name !== "claims" && name !== "sorted" && name !== "node");
      }
    }
    await page.view(320, "light");
    const wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    if (wide > 0) fail(`${mood} ${name}: ${wide} pixels too wide at 320`);
  }
}

if (pictures) mkdirSync(pictures, { recursive: true });
const browser = await launch(chromium);
try {
  for (const mood of ["full", "empty", "broken"]) {
    const { address, stop } = await gallery(program, mood);
    try {
      const page = await browser.page();
      await page.view(1280, "light");
      await checkAll(page, address, { signin: "/sign-in" }, mood);
      await signIn(page, address, "all");
      const lists = {
        work: "/queue", files: "/files", claims: "/claims", payments: "/remittances",
        contracts: "/contracts", settlements: "/settlements",
        ledger: "/ledger", entries: "/ledger/entries", audit: "/audit", node: "/node",
      };
      await checkAll(page, address, mood === "full" ? await addresses(page, address) : lists, mood);
      if (mood === "full") {
        await page.bytes();
        await page.ask("Network.setCacheDisabled", { cacheDisabled: true });
        await page.go(`${address}/claims`);
        const bytes = page.bytes();
        console.log(`first load of 100 claims: ${bytes} bytes`);
        if (bytes > FIRST_LOAD_BYTES_MAX) fail(`first load of ${bytes} bytes`);
        const biller = await browser.page();
        await signIn(biller, address, "pb");
        await checkAll(biller, address, { refused: "/audit" }, mood);
        await biller.close();
      }
      await page.close();
    } finally {
      stop();
    }
  }
} finally {
  await browser.close();
}
console.log(`${checked} pages checked, ${failed} failures`);
process.exitCode = failed ? 1 : 0;
