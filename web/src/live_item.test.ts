import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { avatarColor, initials, makeItem } from "./live_item";
import { one, page } from "./testing/dom";

const here = "https://pergola.example/desk?x=1";

function make(html: string, payload: unknown, key = "k") {
  const template = one<HTMLTemplateElement>(page(`<template>${html}</template>`), "template");
  return makeItem(template, payload, key, here);
}

describe("an item", () => {
  test("shows text, links and times from the payload", () => {
    const item = make(
      `<li><a data-live-href="url" data-live-text="author.name"></a><time data-time="full" data-live-datetime="at"></time></li>`,
      { url: "/articles/x?a=1#b", author: { name: "Ada" }, at: "2026-03-14T15:09:26.535Z" },
    );

    assert.ok(item);
    assert.equal(item.dataset["key"], "k");
    assert.equal(one(item, "a").outerHTML, `<a href="/articles/x?a=1#b">Ada</a>`);
    const time = one(item, "time");
    assert.equal(time.getAttribute("datetime"), "2026-03-14T15:09:26.535Z");
    assert.equal(time.textContent, "14 March 2026, 17:09"); // tests run in Athens
  });

  test("omits elements whose data-live-if is empty", () => {
    const html = `<li><p data-live-if="summary" data-live-text="summary"></p></li>`;

    assert.equal(make(html, { summary: "" })?.querySelector("p"), null);
    assert.equal(make(html, {})?.querySelector("p"), null);
    assert.equal(one(make(html, { summary: "x" }) as HTMLElement, "p").textContent, "x");
  });

  test("shows no time if the payload has no valid one", () => {
    const item = make(`<li><time datetime="x" data-live-datetime="at"></time></li>`, { at: "<b>soon</b>" });

    assert.equal(item?.innerHTML, "<time></time>");
  });

  test("has no binding attributes", () => {
    const item = make(`<li data-live-bind-key><a data-live-href="url" data-live-text="title"></a></li>`, { url: "/", title: "t" });

    assert.equal(item?.outerHTML, `<li data-key="k"><a href="/">t</a></li>`);
  });

  test("reads only the payload's own fields", () => {
    const item = make(`<li><i data-live-text="constructor.name"></i><b data-live-text="__proto__.x"></b></li>`, {});

    assert.equal(item?.textContent, "");
  });

  test("is undefined if the template is empty", () => {
    assert.equal(make("", {}), undefined);
  });
});

describe("an avatar", () => {
  for (const [name, letters, color] of [
    ["Ada Lovelace", "AL", "avatar-1"],
    ["Grace Brewster Hopper", "GH", "avatar-4"],
    ["édouard", "É", "avatar-5"],
    ["", "?", "avatar-2"],
  ] as const) {
    test(`of ${JSON.stringify(name)} matches the server's`, () => {
      assert.equal(initials(name), letters);
      assert.equal(avatarColor(name), color);
    });
  }
});
