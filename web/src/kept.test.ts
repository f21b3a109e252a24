import assert from "node:assert/strict";
import { test } from "node:test";

import { keepForms } from "./kept";
import { one, page } from "./testing/dom";

/** A tab of a browser: what it keeps goes from page to page. */
class Tab {
  store = new Map<string, string>();
  path = "/";
  changed: HTMLFormElement[] = [];

  /** Opens a page. */
  open(path: string, html: string, { user = "ada", refused = false } = {}): HTMLElement {
    const from = this.path;
    this.path = path;
    this.changed = [];
    const body = page(html);
    if (user) {
      body.dataset["user"] = user;
    }
    if (refused) {
      body.dataset["refused"] = "";
    }
    const store = this.store;
    keepForms({
      storage: {
        get length() {
          return store.size;
        },
        key: (i) => [...store.keys()][i] ?? null,
        getItem: (key) => store.get(key) ?? null,
        setItem: (key, value) => void store.set(key, value),
        removeItem: (key) => void store.delete(key),
      },
      now: () => 0,
      path,
      from,
      changed: (form) => this.changed.push(form),
      later: (run) => run(),
    });
    return body;
  }
}

const form = (title: string, { keep = "article:new", id = "1", version = "" } = {}) => `
  <form data-keep="${keep}" action="/desk/articles" data-unsaved>
    <template data-kept-note><p><span data-kept-time></span><button data-kept-discard></button></p></template>
    <input type="hidden" name="id" value="${id}"><input type="hidden" name="version" value="${version}">
    <input name="title" value="${title}"><input type="password" name="secret" value="">
    <input type="checkbox" name="notify" value="on">
  </form>`;

function type(body: HTMLElement, text: string): void {
  const input = one<HTMLInputElement>(body, "[name=title]");
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function fire(body: HTMLElement, selector: string, name: string): void {
  one(body, selector).dispatchEvent(new Event(name, { bubbles: true }));
}

const title = (body: HTMLElement) => one<HTMLInputElement>(body, "[name=title]").value;

test("a text that was typed is back when the form is shown again", () => {
  const tab = new Tab();
  const first = tab.open("/desk/articles/new", form(""));
  one<HTMLInputElement>(first, "[name=notify]").checked = true;
  one<HTMLInputElement>(first, "[name=secret]").value = "hunter2";
  type(first, "Roses");

  tab.open("/sign-in", "<form></form>", { user: "" });
  const again = tab.open("/desk/articles/new", form("", { id: "2" }));

  assert.equal(title(again), "Roses");
  assert.equal(one<HTMLInputElement>(again, "[name=id]").value, "1"); // the form that may have arrived after all
  assert.equal(one<HTMLInputElement>(again, "[name=notify]").checked, true);
  assert.equal(tab.changed.length, 1);
  assert.ok(again.querySelector("form > p [data-kept-discard]"));
  assert.ok(![...tab.store.values()].some((kept) => kept.includes("hunter2")));
});

test("a text that was brought back can be discarded", () => {
  const tab = new Tab();
  type(tab.open("/desk/articles/new", form("")), "Roses");
  const again = tab.open("/desk/articles/new", form("", { id: "2" }));

  fire(again, "[data-kept-discard]", "click");

  assert.equal(title(again), "");
  assert.equal(one<HTMLInputElement>(again, "[name=id]").value, "2");
  assert.equal(again.querySelector("form > p"), null);
  assert.equal(title(tab.open("/desk/articles/new", form(""))), "");
});

test("a form that has arrived is forgotten", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", form(""));
  type(body, "Roses");
  fire(body, "form", "submit");

  tab.open("/articles/roses", "<p>Roses</p>");

  assert.equal(tab.store.size, 0);
});

test("a form that was refused is kept until it has arrived", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", form(""));
  type(body, "Roses");
  fire(body, "form", "submit");

  const refused = tab.open("/desk/articles", `<a data-elsewhere target="_blank" href="/sign-in"></a><form data-again action="/desk/articles"></form>`, { user: "", refused: true });
  assert.equal(one(refused, "a").hasAttribute("target"), false);
  tab.open("/sign-in", "", { user: "" });

  assert.equal(title(tab.open("/desk/articles/new", form("", { id: "2" }))), "Roses");
});

test("a form that is sent again by the page that refused it is forgotten", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", form(""));
  type(body, "Roses");
  fire(body, "form", "submit");
  const refused = tab.open("/desk/articles", `<form data-again action="/desk/articles"></form>`, { user: "", refused: true });
  fire(refused, "form", "submit");

  tab.open("/desk/articles/1/edit", form("Roses", { keep: "article:1" }));

  assert.equal(tab.store.size, 0);
});

test("a form that came back with what is wrong stands as it is", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/1/edit", form("", { keep: "article:1", version: "1" }));
  type(body, "Roses");
  fire(body, "form", "submit");

  const conflict = tab.open("/desk/articles/1", form("Roses", { keep: "article:1", version: "2" }), { refused: true });

  assert.equal(one<HTMLInputElement>(conflict, "[name=version]").value, "2");
  assert.equal(conflict.querySelector("form > p"), null);
  assert.equal(tab.changed.length, 1); // not to be left by mistake
  assert.equal(tab.store.size, 1);
});

test("a text over a version that is no longer stored is back with the version it was written over", () => {
  const tab = new Tab();
  type(tab.open("/desk/articles/1/edit", form("", { keep: "article:1", version: "1" })), "Mine");

  const later = tab.open("/desk/articles/1/edit", form("Theirs", { keep: "article:1", version: "2" }));

  assert.equal(title(later), "Mine");
  assert.equal(one<HTMLInputElement>(later, "[name=version]").value, "1"); // so that the server shows both
});

test("what is stored already is not kept", () => {
  const tab = new Tab();
  type(tab.open("/desk/articles/new", form("")), "Roses");

  const stored = tab.open("/desk/articles/1/edit", form("Roses", { keep: "article:1" }));

  assert.equal(tab.store.size, 0);
  assert.equal(stored.querySelector("form > p"), null);
});

test("nobody sees the text of another", () => {
  const tab = new Tab();
  type(tab.open("/desk/articles/new", form("")), "Roses");

  assert.equal(title(tab.open("/desk/articles/new", form(""), { user: "edith" })), "");
  assert.equal(tab.store.size, 0);
});

test("who signs out leaves nothing behind", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", `${form("")}<form id="out" action="/sign-out"></form>`);
  type(body, "Roses");

  fire(body, "#out", "submit");

  assert.equal(tab.store.size, 0);
});

test("a link that is followed is no answer to the form", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", `${form("")}<a href="/desk">Desk</a>`);
  type(body, "Roses");
  fire(body, "form", "submit"); // and the reader stops the browser
  fire(body, "a", "click");
  tab.open("/desk", "");

  assert.equal(title(tab.open("/desk/articles/new", form(""))), "Roses");
});
