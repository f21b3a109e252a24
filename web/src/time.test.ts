import assert from "node:assert/strict";
import { test } from "node:test";

import { page, texts } from "./testing/dom";
import { localizeTimes } from "./time";

test("localizeTimes converts to the reader's time zone and leaves invalid times unchanged", () => {
  const body = page(`
    <time datetime="2026-12-31T23:30:00Z" data-time="">31 December 2026</time>
    <time datetime="2026-01-02T03:04:05Z" data-time="full">2 January 2026, 03:04 UTC</time>
    <time datetime="soon" data-time="">soon</time>
    <time datetime="2026-01-02T03:04:05Z">untouched</time>`);

  localizeTimes(body);

  assert.deepEqual(texts(body, "time"), ["1 January 2027", "2 January 2026, 05:04", "soon", "untouched"]);
});
