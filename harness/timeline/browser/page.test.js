// Plays with the pages in a real browser. PAGES is a folder with those of a run that
// holds, killed.html, one that fails, broken.html, and a big one, big.html.
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const pages = process.env.PAGES;
const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const axe = await readFile(new URL(import.meta.resolve("axe-core")), "utf8");

let browser;
before(async () => {
  assert.ok(pages, "PAGES names no folder: make test-page does it");
  browser = await chromium.launch({ executablePath: chromiumPath, args: quiet });
});
after(() => browser?.close());

/** Opens a page, and afterwards asserts that it was silent: no error, no request. */
async function open(t, name, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
  const complaints = [];
  page.on("console", (m) => complaints.push(m.text()));
  page.on("pageerror", (e) => complaints.push(e.message));
  page.on("request", (r) => r.url().startsWith("file:") || complaints.push(`it asks for ${r.url()}`));
  await page.goto(`file://${pages}/${name}`);
  t.after(async () => {
    await page.close();
    assert.deepEqual(complaints, []);
  });
  return page;
}

const chosen = (page) => page.locator("[role=option][aria-selected=true]");
const rows = (page) => page.locator("[role=option]");
const step = (page) => new URLSearchParams(new URL(page.url()).hash.slice(1)).get("step");

test("a lane for each controller, object and external system", async (t) => {
  const page = await open(t, "killed.html");
  assert.deepEqual(await page.locator("#lane option").allTextContents(), [
    "all",
    "controller 1 (controllers)",
    "controller 2 (controllers)",
    "press-01 (objects)",
    "press-01 (external systems)",
  ]);
  assert.match(await page.locator("#verdict").textContent(), /^Held: \d+ steps in 47s of virtual time$/);
});

test("keys step through the run, and the script's line follows", async (t) => {
  const page = await open(t, "killed.html");
  for (let n = 0; n < 3; n++) await page.keyboard.press("ArrowDown");
  assert.match(await chosen(page).textContent(), /press-01#2 {2}Pending → Transferring, attempt 1/);
  assert.match(await page.locator("#lines [aria-current=step]").textContent(), /^deploy press-01/);
  assert.match(await page.locator("#details").textContent(), /status\.phase"Transferring"/);
  await page.keyboard.press("ArrowUp");
  assert.match(await chosen(page).textContent(), /press-01#1 {2}Pending$/);
  await page.keyboard.press("End");
  assert.match(await chosen(page).textContent(), /Verifying → Succeeded/);
  await page.keyboard.press("Home");
  assert.match(await chosen(page).textContent(), /controller 1 started/);
});

test("what changed is shown, and nothing else", async (t) => {
  const page = await open(t, "killed.html");
  await page.locator("#search").fill("Transferring → Rebooting");
  await rows(page).first().click();
  const changed = await page.locator("#details ins").allTextContents();
  assert.ok(changed.includes('"Rebooting"'), String(changed));
  assert.ok(!changed.includes('"fw:2"'), String(changed));
});

test("search, lane, kind and folding choose what is listed", async (t) => {
  const page = await open(t, "killed.html");
  const all = await count(page);
  await page.locator("#fold").uncheck();
  const unfolded = await count(page);
  assert.ok(unfolded > all, `${unfolded} and ${all}`);
  await page.locator("#kind").selectOption("kill");
  assert.deepEqual(await rows(page).allTextContents(), ["          12s  controller 1  controller 1 killed"]);
  await page.locator("#kind").selectOption("");
  await page.locator("#lane").selectOption({ label: "press-01 (external systems)" });
  assert.equal(await count(page), 4);
  await page.locator("#search").fill("nothing says this");
  assert.equal(await count(page), 0);
});

async function count(page) {
  const last = rows(page).last();
  return (await rows(page).count()) ? Number(await last.getAttribute("aria-setsize")) : 0;
}

test("an address restores the moment and what is shown", async (t) => {
  const page = await open(t, "killed.html");
  await page.locator("#search").fill("GET");
  await page.locator("#axis").selectOption("time");
  await page.locator("#list").focus();
  await page.keyboard.press("End");
  const [address, text] = [page.url(), await chosen(page).textContent()];
  const other = await open(t, "killed.html" + new URL(address).hash);
  assert.equal(await chosen(other).textContent(), text);
  assert.equal(await other.locator("#search").inputValue(), "GET");
  assert.equal(await other.locator("#axis").inputValue(), "time");
});

test("an address of what isn't there is borne", async (t) => {
  const page = await open(t, "killed.html#step=99999&lane=77&kind=none&axis=x");
  assert.ok((await rows(page).count()) > 10);
});

test("a click on the canvas chooses a step, and the pointer tells it", async (t) => {
  const page = await open(t, "killed.html");
  const box = await page.locator("canvas").boundingBox();
  let told = "";
  for (let x = 200; x < 1270 && !told.includes("killed"); x += 4) {
    await page.mouse.move(box.x + x, box.y + 42);
    if (await page.locator("#tip").isVisible()) told = await page.locator("#tip").textContent();
    if (told.includes("killed")) await page.mouse.click(box.x + x, box.y + 42);
  }
  assert.match(told, /12s {2}controller 1 {2}controller 1 killed/);
  assert.match(await chosen(page).textContent(), /controller 1 killed/);
});

test("a run that failed opens at its end, and says what is broken", async (t) => {
  const page = await open(t, "broken.html");
  assert.match(await page.locator("#verdict").textContent(), /^Failed: /);
  assert.match(await page.locator("#failure pre").textContent(), /expected/);
  const last = await step(page);
  await page.keyboard.press("Home");
  assert.notEqual(await step(page), last);
  await page.keyboard.press("f");
  assert.equal(await step(page), last);
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [400, 900, 1600]) {
    test(`axe finds nothing serious: ${colorScheme}, ${width} pixels`, async (t) => {
      const page = await open(t, "broken.html", { colorScheme, viewport: { width, height: 900 } });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
      assert.deepEqual(
        serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(" ")}`),
        [],
      );
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${colorScheme}-${width}.png` });
    });
  }
}

test("a page stays small", async () => {
  assert.ok((await stat(`${pages}/killed.html`)).size < 300e3);
  assert.ok((await stat(`${pages}/big.html`)).size < 15e6);
});

test("a big run draws only what is in view", async (t) => {
  const page = await open(t, "big.html");
  assert.ok((await rows(page).count()) < 100);
  const times = await page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const frames = [];
    const box = document.getElementById("lanes");
    for (let n = 0; n < 60; n++) {
      box.scrollTop += 97;
      const began = performance.now();
      await frame();
      frames.push(performance.now() - began);
    }
    frames.sort((a, b) => a - b);
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return { frame: frames[30], paint: paint?.startTime };
  });
  t.diagnostic(`first paint after ${times.paint?.toFixed(0)} ms, a frame while it scrolls ${times.frame.toFixed(1)} ms (median)`);
});

test("two runs stand side by side, and the page opens where they go apart", async (t) => {
  const page = await open(t, "apart.html");
  assert.match(await page.locator("#verdict").textContent(), /beside it, marked \+, is .*: they go apart at step \d+$/);
  const signs = (await rows(page).allTextContents()).map((text) => text[0]);
  assert.match(await chosen(page).textContent(), /^[−+]/);
  assert.equal(signs.indexOf("−"), 3, String(signs)); // three before it are the same
  const lanes = await page.locator("#lane option").allTextContents();
  assert.ok(lanes.includes("− press-01 (objects)") && lanes.includes("+ press-01 (objects)"), String(lanes));
  const unsorted = await page.evaluate(() => {
    const { byLane } = new Model(JSON.parse(document.getElementById("run").textContent));
    return byLane.filter((steps) => steps.some((n, k) => k > 0 && n <= steps[k - 1])).length;
  });
  assert.equal(unsorted, 0, "a lane's steps are looked up by bisection");
  const few = await count(page);
  await page.locator("#apart").uncheck();
  assert.ok((await count(page)) > few);
  const apart = await step(page);
  await page.locator("#list").focus();
  await page.keyboard.press("Home");
  assert.equal(await step(page), "0");
  await page.keyboard.press("d");
  assert.equal(await step(page), apart);
});

test("a step says which of two runs has it, and each run's controllers can be chosen", async (t) => {
  const page = await open(t, "apart.html");
  assert.match(await page.locator("#details").textContent(), /in(fails-then-recovers|fails-permanently) only/);
  await page.keyboard.press("Home");
  assert.match(await page.locator("#details").textContent(), /inboth runs/);
  await page.locator("#apart").uncheck();
  const both = /(?<!Transferring|Pending)GET \/health → runs fw:1, idle/;
  for (const lane of ["controller 1 (controllers)", "+ controller 1 (controllers)"]) {
    const found = (await page.locator("#lane option").allTextContents()).find((text) => text.replace("− ", "") === lane);
    assert.ok(found, `no ${lane}`);
    await page.locator("#lane").selectOption({ label: found });
    assert.match((await rows(page).allTextContents()).join("\n"), both, lane);
  }
});

test("a key that leads to a moment shows it, whatever was filtered", async (t) => {
  const page = await open(t, "broken.html");
  await page.locator("#search").fill("Pending");
  await page.locator("#list").focus();
  await page.keyboard.press("f");
  assert.equal(await page.locator("#search").inputValue(), "");
  assert.match(await chosen(page).textContent(), /Verifying → Succeeded/);
});

test("a step tells its reconcile, what woke that, and what it wakes", async (t) => {
  const page = await open(t, "killed.html");
  const at = async (search) => {
    await page.locator("#search").fill(search);
    await rows(page).first().click();
    return page.locator("#details").textContent();
  };
  const write = await at("Rebooting → Verifying");
  assert.match(write, /reconcilenumber \d+ of press-01 by controller 2: steps \d+ to \d+/);
  assert.match(write, /woken byno news of that instant: by a timer/);
  assert.match(write, /wakespress-01#30 GET \/health → runs fw:2, idle/);
  assert.match(await at("#30"), /woken bypress-01#29 Rebooting → Verifying, attempt 1 \(step \d+\)/);
  assert.match(await at("Pending"), /woken bypress-01 created: fw:2 \(step \d+\)/);
});

test("what people change is seen at their step, and what they delete is gone", async (t) => {
  const page = await open(t, "people.html");
  const at = async (search) => {
    await page.locator("#search").fill(search);
    await rows(page).last().click();
    return page.locator("#details").textContent();
  };
  assert.match(await at("spec changed"), /Changed in DeviceDeployment press-01spec\.image"fw:3"/);
  const deleted = await at("deleted");
  assert.ok(!deleted.includes("spec.image"), deleted);
});

test("a search finds what would be folded", async (t) => {
  const page = await open(t, "killed.html");
  await page.locator("#search").fill("#8");
  assert.match((await rows(page).allTextContents()).join("\n"), /press-01#8 {2}GET/);
});

test("a step on from a moment that is not listed goes to the next one that is", async (t) => {
  const page = await open(t, "killed.html#step=7&kind=state");
  const first = await rows(page).first().textContent();
  await page.goto(page.url().replace(/step=\d+/, "step=3"));
  await page.locator("#list").focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await chosen(page).textContent(), first);
});

test("a run in which nothing happens has a page", async (t) => {
  const page = await open(t, "nothing.html");
  assert.match(await page.locator("#verdict").textContent(), /^Held: 0 steps/);
});
