// Starts the gallery and signs people in.

import { spawn } from "node:child_process";

export const PASSWORD = "generated data 835";

// Serves the generated desk in a mood; gives its address and `stop`.
export async function gallery(program, mood, ...settings) {
  const child = spawn(program, ["0", mood, ...settings.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise((done, fail) => {
    child.stdout.once("data", (text) => done(String(text)));
    child.once("exit", () => fail(new Error("the gallery ended")));
  });
  const address = /http:\/\/[\d.:]+/.exec(line)[0];
  return { address, stop: () => child.kill() };
}

// Signs in through the form, with keys alone.
export async function signIn(page, address, name, path = "/queue") {
  await page.go(`${address}/sign-in?next=${encodeURIComponent(path)}`);
  await page.evaluate("document.getElementById('name').focus()");
  await page.type(name);
  await page.press("Tab");
  await page.type(PASSWORD);
  await page.pressAndLoad("Enter");
}
