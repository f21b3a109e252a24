import assert from "node:assert/strict";
import { test } from "node:test";

import { saveDrafts } from "./drafts";
import { one, page } from "./testing/dom";

/** A browser tab, whose session storage persists from page to page. */
class Tab {
  store = new Map<string, string>();
  path = "/";
  changed: HTMLFormElement[] = [];

  /** Opens a page. */
  open(path: string, html: string, { user = "ada", failed = false } = {}): HTMLElement {
    const from = this.path;
    this.path = path;
    this.changed = [];
    const body = page(html);
    if (user) {
      body.dataset["user"] = user;
    }
    if (failed) {
      body.dataset["failed"] = "";
    }
    const store = this.store;
    saveDrafts({
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
      referrer: from,
      changed: (form) => this.changed.push(form),
      later: (run) => run(),
    });
    return body;
  }
}

const form = (title: string, { keep = "article:new", id = "1", version = "" } = {}) => `
  <form data-draft="${keep}" action="/desk/articles" data-unsaved>
    <template data-draft-notice><p><span data-draft-time></span><button data-draft-discard></button></p></template>
    <input type="hidden" name="id" value="${id}" data-new-id><input type="hidden" name="version" value="${version}">
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

test("a draft is restored when the form is shown again", () => {
  const tab = new Tab();
  const first = tab.open("/desk/articles/new", form(""));
  one<HTMLInputElement>(first, "[name=notify]").checked = true;
  one<HTMLInputElement>(first, "[name=secret]").value = "hunter2";
  type(first, "Roses");

  tab.open("/sign-in", "<form></form>", { user: "" });
  const again = tab.open("/desk/articles/new", form("", { id: "2" }));

  assert.equal(title(again), "Roses");
  assert.equal(one<HTMLInputElement>(again, "[name=id]").value, "2"); // the form was not sent, and a duplicate of the tab has the draft, too
  assert.equal(one<HTMLInputElement>(again, "[name=notify]").checked, true);
  assert.equal(tab.changed.length, 1);
  assert.ok(again.querySelector("form > p [data-draft-discard]"));
  assert.ok(![...tab.store.values()].some((draft) => draft.includes("hunter2")));
});

test("a restored draft can be discarded", () => {
  const tab = new Tab();
  type(tab.open("/desk/articles/new", form("")), "Roses");
  const again = tab.open("/desk/articles/new", form("", { id: "2" }));

  fire(again, "[data-draft-discard]", "click");

  assert.equal(title(again), "");
  assert.equal(one<HTMLInputElement>(again, "[name=id]").value, "2");
  assert.equal(again.querySelector("form > p"), null);
  assert.equal(title(tab.open("/desk/articles/new", form(""))), "");
});

test("a draft is removed after a successful submission", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", form(""));
  type(body, "Roses");
  fire(body, "form", "submit");

  tab.open("/articles/roses", "<p>Roses</p>");

  assert.equal(tab.store.size, 0);
});

test("a draft survives a failed submission and a sign-in", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", form(""));
  type(body, "Roses");
  fire(body, "form", "submit");

  const failed = tab.open("/desk/articles", `<a data-new-tab target="_blank" href="/sign-in"></a><form data-resubmit action="/desk/articles"></form>`, { user: "", failed: true });
  assert.equal(one(failed, "a").hasAttribute("target"), false);
  tab.open("/sign-in", "", { user: "" });

  const again = tab.open("/desk/articles/new", form("", { id: "2" }));
  assert.equal(title(again), "Roses");
  assert.equal(one<HTMLInputElement>(again, "[name=id]").value, "1"); // in case the first submission succeeded
  type(again, "Red roses");
  assert.equal(one<HTMLInputElement>(tab.open("/desk/articles/new", form("", { id: "3" })), "[name=id]").value, "1");
});

test("a draft is removed after the error page resubmits it", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", form(""));
  type(body, "Roses");
  fire(body, "form", "submit");
  const failed = tab.open("/desk/articles", `<form data-resubmit action="/desk/articles"></form>`, { user: "", failed: true });
  fire(failed, "form", "submit");

  tab.open("/desk/articles/1/edit", form("Roses", { keep: "article:1" }));

  assert.equal(tab.store.size, 0);
});

test("a form with validation errors is not overwritten by its draft", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/1/edit", form("", { keep: "article:1", version: "1" }));
  type(body, "Roses");
  fire(body, "form", "submit");

  const conflict = tab.open("/desk/articles/1", form("Roses", { keep: "article:1", version: "2" }), { failed: true });

  assert.equal(one<HTMLInputElement>(conflict, "[name=version]").value, "2");
  assert.equal(conflict.querySelector("form > p"), null);
  assert.equal(tab.changed.length, 1); // marked as unsaved
  assert.equal(tab.store.size, 1);
});

test("a draft of an older version is restored with that version", () => {
  const tab = new Tab();
  type(tab.open("/desk/articles/1/edit", form("", { keep: "article:1", version: "1" })), "Mine");

  const later = tab.open("/desk/articles/1/edit", form("Theirs", { keep: "article:1", version: "2" }));

  assert.equal(title(later), "Mine");
  assert.equal(one<HTMLInputElement>(later, "[name=version]").value, "1"); // so that the server detects the conflict
});

test("a draft that the server already has is removed", () => {
  const tab = new Tab();
  type(tab.open("/desk/articles/new", form("")), "Roses");

  const stored = tab.open("/desk/articles/1/edit", form("Roses", { keep: "article:1" }));

  assert.equal(tab.store.size, 0);
  assert.equal(stored.querySelector("form > p"), null);
});

test("a draft is not shown to another user", () => {
  const tab = new Tab();
  type(tab.open("/desk/articles/new", form("")), "Roses");

  assert.equal(title(tab.open("/desk/articles/new", form(""), { user: "edith" })), "");
  assert.equal(tab.store.size, 0);
});

test("signing out removes all drafts", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", `${form("")}<form id="out" action="/sign-out"></form>`);
  type(body, "Roses");

  fire(body, "#out", "submit");

  assert.equal(tab.store.size, 0);
});

test("following a link does not count as a successful submission", () => {
  const tab = new Tab();
  const body = tab.open("/desk/articles/new", `${form("")}<a href="/desk">Desk</a>`);
  type(body, "Roses");
  fire(body, "form", "submit"); // and the reader stops the request
  fire(body, "a", "click");
  tab.open("/desk", "");

  assert.equal(title(tab.open("/desk/articles/new", form(""))), "Roses");
});
