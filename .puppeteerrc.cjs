// The browser is Debian's Chromium, installed by the preflight; puppeteer must not fetch one of its own.
module.exports = { skipDownload: true };
