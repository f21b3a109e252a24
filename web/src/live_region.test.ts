import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { LiveRegion, type Surroundings } from "./live_region";
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
  const asked: string[] = [];
  const lost: string[] = [];
  const toasts: HTMLElement[] = [];
  const said: [string, unknown][] = [];
  const refusals: string[] = [];
  const answers: Array<string | undefined | Error | Promise<string>> = [];
  const around: Surroundings = {
    base: "https://pergola.example/",
    fetch: async (url) => {
      asked.push(url);
      const answer = await answers.shift();
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
    announce: (text) => announced.push(text),
    send: async (topic, payload) => {
      said.push([topic, payload]);
      const code = refusals.shift();
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
  return { element, clock, announced, asked, lost, toasts, said, refusals, answers, region: new LiveRegion(element, around) };
}

const keyed = `data-live-key="id" data-live-refresh="/?fragment=feed"`;
const article = (id: string, title = id) => ({ id, title, url: `/articles/${id}` });
const item = (id: string, title = id) => `<li data-key="${id}"><a href="/articles/${id}">${title}</a></li>`;

describe("a live region", () => {
  test("puts what comes on top", () => {
    const { element, region } = setUp({ more: keyed, items: item("a") });

    region.message(article("b"));

    assert.deepEqual(texts(element, "li"), ["b", "a"]);
    assert.equal(one(element, "li").dataset["key"], "b");
    assert.equal(one(element, "a").getAttribute("href"), "/articles/b");
  });

  test("puts what comes at the end if asked to", () => {
    const { element, region } = setUp({ insert: "append", more: keyed, items: item("a") });

    region.message(article("b"));

    assert.deepEqual(texts(element, "li"), ["a", "b"]);
  });

  test("replaces an entry of the same key where it stands", () => {
    const { element, region } = setUp({ more: keyed, items: item("a") + item("b") });

    region.message(article("b", "changed"));
    region.message(article("b", "changed again"));

    assert.deepEqual(texts(element, "li"), ["a", "changed again"]);
  });

  test("takes the empty state away with the first entry", () => {
    const { element, region } = setUp({ more: keyed, items: `<li data-live-empty>Nothing yet.</li>` });

    region.message(article("a"));

    assert.deepEqual(texts(element, "li"), ["a"]);
  });

  test("keeps no more entries than it is told to", () => {
    const { element, region } = setUp({ more: `${keyed} data-live-limit="2"`, items: item("a") + item("b") });

    region.message(article("c"));

    assert.deepEqual(texts(element, "li"), ["c", "a"]);
  });

  test("says what came to a screen reader", () => {
    const { announced, region } = setUp({ more: `${keyed} data-live-announce="New article: {title}, {missing}{constructor}"` });

    region.message(article("a", "<b>Bold</b>"));

    assert.deepEqual(announced, ["New article: <b>Bold</b>, "]);
  });
});

describe("a region that is updated in place", () => {
  const bell = (number: number, unread: number) =>
    `<b data-live-if="unread" data-live-number="${number}"${unread === 0 ? " hidden" : ""}><i data-live-text="unread">${unread}</i> unread</b>`;
  const counted = `data-live-order="revision" data-live-refresh="/?fragment=bell"`;

  test("shows what came last, and hides what is empty", () => {
    const { element, region } = setUp({ insert: "update", items: bell(1, 0) });

    region.message({ unread: 2 });
    assert.equal(one(element, "b").textContent, "2 unread");
    assert.equal(one(element, "b").hasAttribute("hidden"), false);
    region.message({ unread: 0 });

    assert.equal(one(element, "b").hasAttribute("hidden"), true);
    assert.equal(element.querySelectorAll("b").length, 1);
  });

  test("passes over what was overtaken", () => {
    const { element, region } = setUp({ insert: "update", more: counted, items: bell(3, 1) });

    region.message({ unread: 5, revision: 5 });
    region.message({ unread: 4, revision: 4 });
    region.message({ unread: 6, revision: 5 });
    region.message({ unread: 7 });
    region.message({ unread: 8, revision: "" });

    assert.equal(one(element, "i").textContent, "5");
  });

  test("passes over what is older than the page", () => {
    const { element, region } = setUp({ insert: "update", more: counted, items: bell(3, 1) });

    region.message({ unread: 9, revision: 3 });

    assert.equal(one(element, "i").textContent, "1");
  });

  test("passes over what is older than the state that was asked for", async () => {
    const { element, answers, region } = setUp({ insert: "update", more: counted, items: bell(3, 1) });
    let answer: (html: string) => void = () => undefined;
    answers.push(new Promise<string>((resolve) => (answer = resolve)));

    const refreshed = region.refresh();
    region.message({ unread: 4, revision: 6 });
    answer(bell(7, 0));
    await refreshed;

    assert.equal(one(element, "i").textContent, "0");
    region.message({ unread: 1, revision: 8 });
    assert.equal(one(element, "i").textContent, "1");
  });

  test("says only what there is to say", () => {
    const { announced, region } = setUp({ insert: "update", more: `data-live-announce="{news}"`, items: bell(1, 0) });

    region.message({ unread: 1, news: "Something new" });
    region.message({ unread: 0 });

    assert.deepEqual(announced, ["Something new"]);
  });
});

describe("a region of toasts", () => {
  test("shows what comes above the page, not in itself", () => {
    const { element, toasts, region } = setUp({ insert: "toast" });

    region.message(article("a", "<b>Bold</b>"));

    assert.deepEqual(toasts.map((shown) => shown.textContent), ["<b>Bold</b>"]);
    assert.equal(element.querySelector("li"), null);
  });
});

describe("a region that is refused", () => {
  const refusal = { code: "forbidden", message: "You are not allowed here." };

  test("says so if it was live before", () => {
    const { element, lost, region } = setUp();

    region.joined();
    region.refused(refusal);
    region.refused(refusal);

    assert.deepEqual(lost, ["You are not allowed here."]);
    assert.equal(element.dataset["liveState"], "forbidden");
  });

  test("is quiet if it never was", () => {
    const { lost, region } = setUp();

    region.refused(refusal);

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
    test(`gets no link for ${JSON.stringify(url)}`, () => {
      const { element, region } = setUp({ more: keyed });

      region.message({ id: "a", title: "a", url });

      assert.equal(one(element, "a").hasAttribute("href"), false);
    });
  }

  test("gets no markup", () => {
    const { element, region } = setUp({ more: keyed });

    region.message({ id: `"><img src=x onerror=alert(1)>`, title: "<img src=x onerror=alert(1)><script>alert(1)</script>", url: "/" });

    assert.equal(element.querySelector("img, script"), null);
    assert.deepEqual(texts(element, "a"), ["<img src=x onerror=alert(1)><script>alert(1)</script>"]);
    assert.equal(element.querySelectorAll("li").length, 1);
  });

  test("that is not what was expected breaks nothing", () => {
    const { element, region } = setUp({ more: keyed });

    for (const odd of [undefined, null, 1, "text", [], {}, { id: {}, title: ["x"], url: 7 }]) {
      region.message(odd);
    }

    assert.equal(element.querySelector("li"), null);
  });
});

describe("the present state", () => {
  test("is asked for when the region joins, and again after each reconnection", async () => {
    const { element, asked, answers, region } = setUp({ more: keyed, items: item("a") });
    answers.push(item("b") + item("a"), item("c"));

    region.joined();
    await settled();
    assert.deepEqual(texts(element, "li"), ["b", "a"]);
    region.joined();
    await settled();

    assert.deepEqual(texts(element, "li"), ["c"]);
    assert.deepEqual(asked, ["/?fragment=feed", "/?fragment=feed"]);
  });

  test("keeps the template, and makes entries of what comes after", async () => {
    const { element, answers, region } = setUp({ more: keyed });
    answers.push(item("a"));

    await region.refresh();
    region.message(article("b"));

    assert.deepEqual(texts(element, "li"), ["b", "a"]);
  });

  test("may come as the whole region", async () => {
    const { element, answers, region } = setUp({ more: keyed });
    answers.push(`<ul id="feed">${template}${item("a")}</ul>`);

    await region.refresh();

    assert.deepEqual(texts(element, "li"), ["a"]);
    assert.equal(element.querySelectorAll("ul, template").length, 1);
  });

  test("does not lose what comes while it is on its way", async () => {
    const { element, answers, region } = setUp({ more: keyed, items: item("a") });
    let answer: (html: string) => void = () => undefined;
    answers.push(new Promise<string>((resolve) => (answer = resolve)));

    const refreshed = region.refresh();
    region.message(article("new"));
    region.message(article("a", "changed"));
    answer(item("a"));
    await refreshed;

    assert.deepEqual(texts(element, "li"), ["new", "changed"]);
  });

  test("leaves entries alone that did not change", async () => {
    const { element, answers, region } = setUp({ more: keyed, items: item("a") + item("b") });
    const [a, b] = element.querySelectorAll("li");
    answers.push(item("n") + item("a") + item("b", "changed"));

    await region.refresh();

    assert.deepEqual(texts(element, "li"), ["n", "a", "changed"]);
    assert.equal(element.querySelectorAll("li")[1], a);
    assert.notEqual(element.querySelectorAll("li")[2], b);
  });

  test("leaves older entries that the reader has added", async () => {
    const { element, answers, region } = setUp({ more: keyed, items: item("b") + item("a") + item("older") + item("oldest") });
    answers.push(item("c") + item("b") + item("a"));

    await region.refresh();

    assert.deepEqual(texts(element, "li"), ["c", "b", "a", "older", "oldest"]);
  });

  test("is asked for again after a while when it cannot be had, and not for ever", async () => {
    const { element, clock, asked, answers, region } = setUp({ more: keyed, items: item("a") });
    answers.push(undefined, new Error("no network"), item("b"));

    await region.refresh();
    assert.deepEqual(texts(element, "li"), ["a"]);
    await clock.pass(10_000);
    assert.deepEqual(texts(element, "li"), ["b"]);

    await region.refresh();
    await clock.pass(3_600_000);
    assert.equal(asked.length, 3 + 6);
  });

  test("is asked for once for several messages in a row, in a region that is replaced", async () => {
    const { element, clock, asked, answers, region } = setUp({ insert: "replace", more: `data-live-refresh="/desk?fragment=list"` });
    answers.push("<p>now</p>");

    region.message({});
    region.message({});
    region.message({});
    await clock.pass(1_000);

    assert.deepEqual(asked, ["/desk?fragment=list"]);
    assert.equal(element.innerHTML, "<p>now</p>");
  });

  test("is asked for once more when something comes while it is on its way", async () => {
    const { clock, asked, answers, region } = setUp({ insert: "replace", more: `data-live-refresh="/desk?fragment=list"` });
    let answer: (html: string) => void = () => undefined;
    answers.push(new Promise<string>((resolve) => (answer = resolve)), "<p>later</p>");

    void region.refresh();
    region.message({});
    await clock.pass(1_000);
    answer("<p>now</p>");
    await settled();

    assert.equal(asked.length, 2);
  });
});

describe("a region that says that the page is here", () => {
  const reading = `data-live-send="blog.article.reading" data-live-payload='{"articleId":"a"}'`;

  test("says so after every connection", async () => {
    const { said, region } = setUp({ insert: "update", more: reading });
    assert.deepEqual(said, []);

    region.joined();
    region.joined();
    await settled();

    assert.deepEqual(said, [
      ["blog.article.reading", { articleId: "a" }],
      ["blog.article.reading", { articleId: "a" }],
    ]);
  });

  test("says it again if the server could not hear it", async () => {
    const { said, refusals, clock, region } = setUp({ insert: "update", more: reading });
    refusals.push("timeout", "unavailable");

    region.joined();
    await clock.pass(60_000);

    assert.equal(said.length, 3);
  });

  test("does not insist when it may not be there", async () => {
    const { said, refusals, clock, region } = setUp({ insert: "update", more: reading });
    refusals.push("forbidden");

    region.joined();
    await clock.pass(60_000);

    assert.equal(said.length, 1);
  });

  test("says nothing without a topic", async () => {
    const { said, region } = setUp({ insert: "update" });

    region.joined();
    await settled();

    assert.deepEqual(said, []);
  });
});
