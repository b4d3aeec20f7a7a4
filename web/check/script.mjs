// Tries the conveniences of the desk script in the browser; returns what does not work.

/** Runs every trial on a page of its own. */
export async function tryScripts(browser, address) {
  const findings = [];
  for (const trial of [triesFilter, triesConfirm, triesDrop]) {
    const page = await browser.newPage();
    const expect = (holds, what) => holds || findings.push(`${trial.name}: ${what}`);
    await trial(page, address, expect);
    await page.close();
  }
  return findings;
}

async function triesFilter(page, address, expect) {
  await page.goto(`${address}/desk-metadata-form.html`);
  expect(await page.evaluate(() => document.activeElement.classList.contains("error-summary")), "the error summary has no focus");
  await page.fill(".filter-box", "教育");
  const shown = await page.$$eval("[data-filter] .choices label", (labels) => labels.filter((label) => !label.hidden).map((label) => label.textContent.trim()));
  expect(shown.join() === "区发展改革局,区教育局,区财政局", `shown after typing: ${shown}`);
}

async function triesConfirm(page, address, expect) {
  const sent = [];
  await page.route("**/documents/0398/end", (route) => {
    sent.push(route.request().postData());
    return route.fulfill({ status: 200, contentType: "text/html", body: "<!doctype html><title>已下架</title>" });
  });
  await page.goto(`${address}/desk-take-down.html`);
  await page.click("[data-confirm]");
  expect((await page.$("dialog")) === null, "asked although a required field is empty");
  await page.fill("#basis", "示例办法第十条");
  await page.click("[data-confirm]");
  expect(await page.evaluate(() => document.activeElement.textContent === "取消"), "the no does not have the focus");
  await page.keyboard.press("Escape");
  // The dialog goes in an event of its own, a moment after the key.
  await page.waitForSelector("dialog", { state: "detached", timeout: 5000 }).catch(() => undefined);
  expect((await page.$("dialog")) === null && sent.length === 0, "Escape did not call it off");
  await page.click("[data-confirm]");
  await Promise.all([page.waitForNavigation(), page.click("dialog .button--danger")]);
  expect(sent.length === 1 && sent[0].includes("act=down"), `sent ${sent.length} times`);
}

async function triesDrop(page, address, expect) {
  const sent = [];
  await page.route("**/documents", (route) => {
    sent.push(route.request().postDataBuffer()?.toString("utf8") ?? "");
    const body = '<!doctype html><title>填写文件信息</title><body class="desk"><h1>填写文件信息</h1></body>';
    return route.fulfill({ status: 200, contentType: "text/html; charset=utf-8", body });
  });
  await page.goto(`${address}/desk-upload.html`);
  await page.setInputFiles("#main-file", { name: "通知.docx", mimeType: "application/octet-stream", buffer: Buffer.alloc(2048, 97) });
  const listed = await page.textContent(".drop .files");
  expect(listed === "通知.docx2 KB", `listed: ${listed}`);
  await page.click("button.button--main");
  await page.waitForFunction(() => document.title === "填写文件信息");
  expect(sent.length === 1, `the form was sent ${sent.length} times`);
  expect(new URL(page.url()).pathname === "/documents", `address afterwards: ${page.url()}`);
}
