// Draws a page into a picture: node picture.js PAGE.html PICTURE.png
import { chromium } from "playwright-core";

const [, , from, to] = process.argv;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 760 }, colorScheme: "light" });
await page.goto(`file://${from}#axis=time`);
await page.locator("#search").fill("Transferring → Rebooting");
await page.locator("[role=option]").first().click();
await page.locator("#search").fill("");
await page.screenshot({ path: to });
await browser.close();
