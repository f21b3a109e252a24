import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { LiveRegion, type Environment } from "./live_region";
import { settled, TestClock } from "./testing/clock";
import { one, page, texts } from "./testing/dom";

const template = `<template data-live-item><li><a data-live-href="url" data-live-text="title"></a></li></template>`;

interface Options {
  insert?: string;
  more?: string;
  items?: string;
}

function setUp({ insert = "prepend", more = "", items = "" }: Options = {}) {
  const body = page(`<ul id="feed" data-live="blog.article.feed" data-live-insert="${insert}" ${more}>${template}${items}</ul>`);
  const element = one(body, "#feed");
  const clock = new TestClock();
  const announced: string[] = [];
  const fetched: string[] = [];
  const lost: string[] = [];
  const toasts: HTMLElement[] = [];
  const sent: [string, unknown][] = [];
  const rejections: string[] = [];
  const responses: Array<string | undefined | Error | Promise<string>> = [];
  const env: Environment = {
    base: "https://pergola.example/",
    fetch: async (url) => {
      fetched.push(url);
      const response = await responses.shift();
      if (response instanceof Error) {
        throw response;
      }
      return response;
    },
    announce: (text) => announced.push(text),
    send: async (topic, payload) => {
      sent.push([topic, payload]);
      const code = rejections.shift();
      return code ? { ok: false, error: { code, message: "No." } } : { ok: true };
    },
    later: (ms, run) => clock.later(ms, run),
    random: () => 0.5,
    added: () => undefined,
    toast: (shown) => toasts.push(shown),
    lost: (reason) => lost.push(reason),
    morph: (target, html) => {
      target.innerHTML = html;
    },
  };
  return { element, clock, announced, fetched, lost, toasts, sent, rejections, responses, region: new LiveRegion(element, env) };
}

const keyed = `data-live-key="id" data-live-refresh="/?fragment=feed"`;
const article = (id: string, title = id) => ({ id, title, url: `/articles/${id}` });
const item = (id: string, title = id) => `<li data-key="${id}"><a href="/articles/${id}">${title}</a></li>`;

describe("a live region", () => {
  test("prepends an item", () => {
    const { element, region } = setUp({ more: keyed, items: item("a") });

    region.message(article("b"));

    assert.deepEqual(texts(element, "li"), ["b", "a"]);
    assert.equal(one(element, "li").dataset["key"], "b");
    assert.equal(one(element, "a").getAttribute("href"), "/articles/b");
  });

  test("appends an item with data-live-insert=append", () => {
    const { element, region } = setUp({ insert: "append", more: keyed, items: item("a") });

    region.message(article("b"));

    assert.deepEqual(texts(element, "li"), ["a", "b"]);
  });

  test("replaces an item with the same key in place", () => {
    const { element, region } = setUp({ more: keyed, items: item("a") + item("b") });

    region.message(article("b", "changed"));
    region.message(article("b", "changed again"));

    assert.deepEqual(texts(element, "li"), ["a", "changed again"]);
  });

  test("removes the empty state with the first item", () => {
    const { element, region } = setUp({ more: keyed, items: `<li data-live-empty>Nothing yet.</li>` });

    region.message(article("a"));

    assert.deepEqual(texts(element, "li"), ["a"]);
  });

  test("keeps at most data-live-limit items", () => {
    const { element, region } = setUp({ more: `${keyed} data-live-limit="2"`, items: item("a") + item("b") });

    region.message(article("c"));

    assert.deepEqual(texts(element, "li"), ["c", "a"]);
  });

  test("announces messages to screen readers", () => {
    const { announced, region } = setUp({ more: `${keyed} data-live-announce="New article: {title}, {missing}{constructor}"` });

    region.message(article("a", "<b>Bold</b>"));

    assert.deepEqual(announced, ["New article: <b>Bold</b>, "]);
  });
});

describe("a region that is updated in place", () => {
  const bell = (number: number, unread: number) =>
    `<b data-live-if="unread" data-live-number="${number}"${unread === 0 ? " hidden" : ""}><i data-live-text="unread">${unread}</i> unread</b>`;
  const counted = `data-live-order="revision" data-live-refresh="/?fragment=bell"`;

  test("shows the latest payload and hides empty elements", () => {
    const { element, region } = setUp({ insert: "update", items: bell(1, 0) });

    region.message({ unread: 2 });
    assert.equal(one(element, "b").textContent, "2 unread");
    assert.equal(one(element, "b").hasAttribute("hidden"), false);
    region.message({ unread: 0 });

    assert.equal(one(element, "b").hasAttribute("hidden"), true);
    assert.equal(element.querySelectorAll("b").length, 1);
  });

  test("ignores messages older than the last one", () => {
    const { element, region } = setUp({ insert: "update", more: counted, items: bell(3, 1) });

    region.message({ unread: 5, revision: 5 });
    region.message({ unread: 4, revision: 4 });
    region.message({ unread: 6, revision: 5 });
    region.message({ unread: 7 });
    region.message({ unread: 8, revision: "" });

    assert.equal(one(element, "i").textContent, "5");
  });

  test("ignores messages older than the page", () => {
    const { element, region } = setUp({ insert: "update", more: counted, items: bell(3, 1) });

    region.message({ unread: 9, revision: 3 });

    assert.equal(one(element, "i").textContent, "1");
  });

  test("ignores messages older than the fetched state", async () => {
    const { element, responses, region } = setUp({ insert: "update", more: counted, items: bell(3, 1) });
    let respond: (html: string) => void = () => undefined;
    responses.push(new Promise<string>((resolve) => (respond = resolve)));

    const refreshed = region.refresh();
    region.message({ unread: 4, revision: 6 });
    respond(bell(7, 0));
    await refreshed;

    assert.equal(one(element, "i").textContent, "0");
    region.message({ unread: 1, revision: 8 });
    assert.equal(one(element, "i").textContent, "1");
  });

  test("announces nothing if the text is empty", () => {
    const { announced, region } = setUp({ insert: "update", more: `data-live-announce="{news}"`, items: bell(1, 0) });

    region.message({ unread: 1, news: "Something new" });
    region.message({ unread: 0 });

    assert.deepEqual(announced, ["Something new"]);
  });
});

describe("a region of toasts", () => {
  test("shows messages above the page, not in the region", () => {
    const { element, toasts, region } = setUp({ insert: "toast" });

    region.message(article("a", "<b>Bold</b>"));

    assert.deepEqual(toasts.map((shown) => shown.textContent), ["<b>Bold</b>"]);
    assert.equal(element.querySelector("li"), null);
  });
});

describe("a region whose topic is rejected", () => {
  const rejection = { code: "forbidden", message: "You are not allowed here." };

  test("reports the error once if it was live before", () => {
    const { element, lost, region } = setUp();

    region.joined();
    region.rejected(rejection);
    region.rejected(rejection);

    assert.deepEqual(lost, ["You are not allowed here."]);
    assert.equal(element.dataset["liveState"], "forbidden");
  });

  test("reports nothing if it was never live", () => {
    const { lost, region } = setUp();

    region.rejected(rejection);

    assert.deepEqual(lost, []);
  });
});

describe("a hostile payload", () => {
  const hostile = [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/",
    "/\\evil.example/",
    "https://evil.example/",
    "https://pergola.example.evil.example/",
    "http://pergola.example/",
    "https://pergola.example:8443/",
    "https://pergola.example@evil.example/",
    "blob:https://pergola.example/1",
    "",
  ];
  for (const url of hostile) {
    test(`renders no link for ${JSON.stringify(url)}`, () => {
      const { element, region } = setUp({ more: keyed });

      region.message({ id: "a", title: "a", url });

      assert.equal(one(element, "a").hasAttribute("href"), false);
    });
  }

  test("renders no markup", () => {
    const { element, region } = setUp({ more: keyed });

    region.message({ id: `"><img src=x onerror=alert(1)>`, title: "<img src=x onerror=alert(1)><script>alert(1)</script>", url: "/" });

    assert.equal(element.querySelector("img, script"), null);
    assert.deepEqual(texts(element, "a"), ["<img src=x onerror=alert(1)><script>alert(1)</script>"]);
    assert.equal(element.querySelectorAll("li").length, 1);
  });

  test("of an unexpected type is ignored", () => {
    const { element, region } = setUp({ more: keyed });

    for (const invalid of [undefined, null, 1, "text", [], {}, { id: {}, title: ["x"], url: 7 }]) {
      region.message(invalid);
    }

    assert.equal(element.querySelector("li"), null);
  });
});

describe("the current state", () => {
  test("is fetched when the region joins and after each reconnection", async () => {
    const { element, fetched, responses, region } = setUp({ more: keyed, items: item("a") });
    responses.push(item("b") + item("a"), item("c"));

    region.joined();
    await settled();
    assert.deepEqual(texts(element, "li"), ["b", "a"]);
    region.joined();
    await settled();

    assert.deepEqual(texts(element, "li"), ["c"]);
    assert.deepEqual(fetched, ["/?fragment=feed", "/?fragment=feed"]);
  });

  test("keeps the template for later messages", async () => {
    const { element, responses, region } = setUp({ more: keyed });
    responses.push(item("a"));

    await region.refresh();
    region.message(article("b"));

    assert.deepEqual(texts(element, "li"), ["b", "a"]);
  });

  test("may be the whole region element", async () => {
    const { element, responses, region } = setUp({ more: keyed });
    responses.push(`<ul id="feed">${template}${item("a")}</ul>`);

    await region.refresh();

    assert.deepEqual(texts(element, "li"), ["a"]);
    assert.equal(element.querySelectorAll("ul, template").length, 1);
  });

  test("keeps messages that arrive during the request", async () => {
    const { element, responses, region } = setUp({ more: keyed, items: item("a") });
    let respond: (html: string) => void = () => undefined;
    responses.push(new Promise<string>((resolve) => (respond = resolve)));

    const refreshed = region.refresh();
    region.message(article("new"));
    region.message(article("a", "changed"));
    respond(item("a"));
    await refreshed;

    assert.deepEqual(texts(element, "li"), ["new", "changed"]);
  });

  test("keeps the elements of unchanged items", async () => {
    const { element, responses, region } = setUp({ more: keyed, items: item("a") + item("b") });
    const [a, b] = element.querySelectorAll("li");
    responses.push(item("n") + item("a") + item("b", "changed"));

    await region.refresh();

    assert.deepEqual(texts(element, "li"), ["n", "a", "changed"]);
    assert.equal(element.querySelectorAll("li")[1], a);
    assert.notEqual(element.querySelectorAll("li")[2], b);
  });

  test("keeps older items that the reader has loaded", async () => {
    const { element, responses, region } = setUp({ more: keyed, items: item("b") + item("a") + item("older") + item("oldest") });
    responses.push(item("c") + item("b") + item("a"));

    await region.refresh();

    assert.deepEqual(texts(element, "li"), ["c", "b", "a", "older", "oldest"]);
  });

  test("is retried a limited number of times after a failure", async () => {
    const { element, clock, fetched, responses, region } = setUp({ more: keyed, items: item("a") });
    responses.push(undefined, new Error("no network"), item("b"));

    await region.refresh();
    assert.deepEqual(texts(element, "li"), ["a"]);
    await clock.advance(10_000);
    assert.deepEqual(texts(element, "li"), ["b"]);

    await region.refresh();
    await clock.advance(3_600_000);
    assert.equal(fetched.length, 3 + 6);
  });

  test("is fetched once for several messages in a row in a replaced region", async () => {
    const { element, clock, fetched, responses, region } = setUp({ insert: "replace", more: `data-live-refresh="/desk?fragment=list"` });
    responses.push("<p>now</p>");

    region.message({});
    region.message({});
    region.message({});
    await clock.advance(1_000);

    assert.deepEqual(fetched, ["/desk?fragment=list"]);
    assert.equal(element.innerHTML, "<p>now</p>");
  });

  test("is fetched again if a message arrives during the request", async () => {
    const { clock, fetched, responses, region } = setUp({ insert: "replace", more: `data-live-refresh="/desk?fragment=list"` });
    let respond: (html: string) => void = () => undefined;
    responses.push(new Promise<string>((resolve) => (respond = resolve)), "<p>later</p>");

    void region.refresh();
    region.message({});
    await clock.advance(1_000);
    respond("<p>now</p>");
    await settled();

    assert.equal(fetched.length, 2);
  });
});

describe("a region with data-live-send", () => {
  const reading = `data-live-send="blog.article.reading" data-live-payload='{"articleId":"a"}'`;

  test("sends its payload after every connection", async () => {
    const { sent, region } = setUp({ insert: "update", more: reading });
    assert.deepEqual(sent, []);

    region.joined();
    region.joined();
    await settled();

    assert.deepEqual(sent, [
      ["blog.article.reading", { articleId: "a" }],
      ["blog.article.reading", { articleId: "a" }],
    ]);
  });

  test("retries temporary rejections", async () => {
    const { sent, rejections, clock, region } = setUp({ insert: "update", more: reading });
    rejections.push("timeout", "unavailable");

    region.joined();
    await clock.advance(60_000);

    assert.equal(sent.length, 3);
  });

  test("does not retry other rejections", async () => {
    const { sent, rejections, clock, region } = setUp({ insert: "update", more: reading });
    rejections.push("forbidden");

    region.joined();
    await clock.advance(60_000);

    assert.equal(sent.length, 1);
  });

  test("sends nothing without a topic", async () => {
    const { sent, region } = setUp({ insert: "update" });

    region.joined();
    await settled();

    assert.deepEqual(sent, []);
  });
});
