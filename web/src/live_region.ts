/**
 * A live region: a part of a page that updates without a script of its own:
 *
 *     <ul id="feed" data-live="blog.article.feed" data-live-insert="prepend" data-live-key="id"
 *         data-live-refresh="/?fragment=feed" data-live-announce="New article: {title}">
 *       <template data-live-item>…</template>
 *       <li data-key="0190…">…</li>
 *     </ul>
 *
 * data-live          the topic
 * data-live-insert   "prepend" (the default) or "append" an item rendered from the payload;
 *                    "replace": fetch the current state on every message;
 *                    "update": show the payload in the region's existing elements;
 *                    "toast": show the item above the page, not in the region
 * data-live-key      the payload field that identifies the item: an item with the
 *                    same data-key is replaced, so no item appears twice
 * data-live-refresh  the URL of the current state: the region's HTML. It is fetched
 *                    after every (re)connection, so no message is missed
 * data-live-announce the text for screen readers
 * data-live-order    the payload field with the revision of an updated region.
 *                    Messages may arrive out of order: one that is not newer than
 *                    the shown revision is ignored. In the server's HTML,
 *                    data-live-number gives the revision
 * data-live-limit    the maximum number of items
 * data-live-send     a topic to which the page sends data-live-payload (JSON) after
 *                    every (re)connection, to report that it is open
 *
 * An element with data-live-empty in the region is removed when the first item arrives.
 */

import type { Reply, Listener, Meta, Rejection } from "./connection";
import { makeItem, updateInPlace } from "./live_item";
import { interpolate, textAt } from "./payload";
import { localizeTimes } from "./time";

/** What a region needs from the page. */
export interface Environment {
  /** Fetches HTML from this site. It returns undefined on failure. */
  fetch(url: string): Promise<string | undefined>;
  announce(text: string): void;
  /** Sends a message to a topic and returns the server's reply. */
  send(topic: string, payload: unknown): Promise<Reply>;
  later(milliseconds: number, run: () => void): () => void;
  random(): number;
  /** The URL of the page. */
  base: string;
  /** Called with elements that were added to the page. */
  added(element: Element): void;
  /** Shows an element above the page until it is dismissed. */
  toast(element: HTMLElement): void;
  /** Reports that a live region no longer updates, and why. */
  lost(reason: string): void;
  /** Changes the element's content to the HTML with as few DOM changes as possible. */
  morph(element: HTMLElement, html: string): void;
}

/** Messages within this time share one request for the current state. */
const refreshDelay = 150;
const firstRetry = 2_000;
const retries = 5;
/** The codes of temporary rejections. */
const temporary = new Set(["timeout", "unavailable", "too_many", "internal"]);

export class LiveRegion implements Listener {
  #element: HTMLElement;
  #env: Environment;
  #refreshing = false;
  #refreshAgain = false;
  #pending: unknown[] = [];
  #revision: number;
  #cancelRefresh: (() => void) | undefined;
  #cancelSend: (() => void) | undefined;

  constructor(element: HTMLElement, env: Environment) {
    this.#element = element;
    this.#env = env;
    this.#revision = revisionIn(element);
  }

  message(payload: unknown, _meta?: Meta): void {
    const announcement = interpolate(this.#element.dataset["liveAnnounce"] ?? "", payload);
    if (announcement.trim() !== "") {
      this.#env.announce(announcement);
    }
    if (this.#insertion() === "replace") {
      this.#refreshSoon();
    } else if (this.#refreshing) {
      this.#pending.push(payload); // the response in flight may be older than this message
    } else {
      this.#apply(payload);
    }
  }

  joined(): void {
    this.#element.dataset["liveState"] = "joined";
    void this.#send();
    void this.refresh();
  }

  rejected(rejection: Rejection): void {
    if (this.#element.dataset["liveState"] === "joined") {
      this.#env.lost(rejection.message);
    }
    this.#element.dataset["liveState"] = rejection.code;
  }

  /** Fetches and shows the current state, then applies the messages that arrived meanwhile. */
  async refresh(attempt = 0): Promise<void> {
    const url = this.#element.dataset["liveRefresh"];
    if (!url) {
      return;
    }
    if (this.#refreshing) {
      this.#refreshAgain = true;
      return;
    }
    this.#refreshing = true;
    const html = await this.#env.fetch(url).catch(() => undefined);
    if (html !== undefined) {
      this.#show(contentOf(html, this.#element.id));
    }
    this.#refreshing = false;
    for (const payload of this.#pending.splice(0)) {
      this.#apply(payload);
    }
    if (this.#refreshAgain) {
      this.#refreshAgain = false;
      await this.refresh();
    } else if (html === undefined && attempt < retries) {
      this.#scheduleRefresh(retryAfter(attempt, this.#env.random()), attempt + 1);
    }
  }

  /** Sends the element's payload and retries temporary rejections. */
  async #send(attempt = 0): Promise<void> {
    this.#cancelSend?.();
    const topic = this.#element.dataset["liveSend"];
    if (!topic || !this.#element.isConnected) {
      return;
    }
    const reply = await this.#env.send(topic, JSON.parse(this.#element.dataset["livePayload"] ?? "{}"));
    if (!reply.ok && temporary.has(reply.error.code) && attempt < retries) {
      this.#cancelSend = this.#env.later(retryAfter(attempt, this.#env.random()), () => void this.#send(attempt + 1));
    }
  }

  #insertion(): string {
    return this.#element.dataset["liveInsert"] ?? "prepend";
  }

  #refreshSoon(): void {
    this.#scheduleRefresh(refreshDelay * (0.5 + this.#env.random()), 0);
  }

  #scheduleRefresh(milliseconds: number, attempt: number): void {
    this.#cancelRefresh?.();
    this.#cancelRefresh = this.#env.later(milliseconds, () => void this.refresh(attempt));
  }

  #apply(payload: unknown): void {
    switch (this.#insertion()) {
      case "update":
        return this.#update(payload);
      case "toast":
        return this.#toast(payload);
      default:
        return this.#insert(payload);
    }
  }

  #update(payload: unknown): void {
    const field = this.#element.dataset["liveOrder"];
    if (field) {
      const revision = Number(textAt(payload, field) || NaN);
      if (!(revision > this.#revision)) {
        return;
      }
      this.#revision = revision;
    }
    updateInPlace(this.#element, payload, this.#env.base);
  }

  #toast(payload: unknown): void {
    const template = this.#template();
    const element = template && makeItem(template, payload, "", this.#env.base);
    if (element) {
      this.#env.toast(element);
    }
  }

  #insert(payload: unknown): void {
    const field = this.#element.dataset["liveKey"];
    const key = field ? textAt(payload, field) : "";
    const template = this.#template();
    if (!template || (field && key === "")) {
      return; // not enough to render an item
    }
    const item = makeItem(template, payload, key, this.#env.base);
    if (!item) {
      return;
    }
    const old = field ? this.#itemOf(key) : undefined;
    if (old) {
      replaceKeepingFocus(old, item);
    } else {
      this.#place(item);
    }
    this.#env.added(item);
  }

  #place(item: HTMLElement): void {
    item.classList.add("live-new");
    for (const empty of this.#element.querySelectorAll("[data-live-empty]")) {
      empty.remove();
    }
    const items = this.#items();
    const first = items[0];
    if (this.#insertion() === "append" || !first) {
      this.#element.append(item);
    } else {
      first.before(item);
    }
    this.#trim();
  }

  #trim(): void {
    const limit = Number(this.#element.dataset["liveLimit"]);
    if (!(limit > 0)) {
      return;
    }
    const items = this.#items();
    const extra = this.#insertion() === "append" ? items.slice(0, -limit) : items.slice(limit);
    for (const item of extra) {
      item.remove();
    }
  }

  #template(): HTMLTemplateElement | null {
    return this.#element.querySelector<HTMLTemplateElement>("template[data-live-item]");
  }

  #items(): HTMLElement[] {
    return [...this.#element.children].filter((child): child is HTMLElement => child instanceof HTMLElement && "key" in child.dataset);
  }

  #itemOf(key: string): HTMLElement | undefined {
    return this.#items().find((item) => item.dataset["key"] === key);
  }

  /**
   * Shows the current state. Unchanged items keep their elements and focus.
   * Older items that the reader has loaded at the end stay. A region without
   * items is morphed.
   */
  #show(fresh: DocumentFragment): void {
    this.#revision = Math.max(this.#revision, revisionIn(fresh));
    if (!this.#element.dataset["liveKey"]) {
      this.#env.morph(this.#element, htmlOf(fresh));
      return;
    }
    const template = this.#template();
    const keptTemplate = template && !fresh.querySelector("template[data-live-item]") ? [template] : [];
    const older = this.#olderThan(fresh);
    const known = new Map(this.#items().map((item) => [item.dataset["key"], item]));
    const nodes = [...fresh.childNodes].map((node) => {
      const old = node instanceof HTMLElement ? known.get(node.dataset["key"]) : undefined;
      return old && sameItem(old, node as HTMLElement) ? old : node;
    });
    update(this.#element, [...keptTemplate, ...nodes, ...older]);
    for (const node of nodes) {
      if (node instanceof HTMLElement) {
        this.#env.added(node);
      }
    }
  }

  #olderThan(fresh: DocumentFragment): HTMLElement[] {
    const keys = [...fresh.children].flatMap((child) => child.getAttribute("data-key") ?? []);
    const items = this.#items();
    const at = items.findIndex((item) => item.dataset["key"] === keys.at(-1));
    return keys.length === 0 || at < 0 || this.#insertion() === "append" ? [] : items.slice(at + 1);
  }
}

/** Exponential backoff with jitter. */
function retryAfter(attempt: number, random: number): number {
  return firstRetry * 2 ** attempt * (0.5 + random);
}

/** Returns the region's new content: all of the HTML, or the children of its element with the region's id. */
function contentOf(html: string, id: string): DocumentFragment {
  const parsed = document.createElement("template");
  parsed.innerHTML = html; // trusted: rendered by the server, like any page
  const region = id === "" ? null : parsed.content.getElementById(id);
  if (region) {
    parsed.content.replaceChildren(...region.childNodes);
  }
  return parsed.content;
}

/** Returns the revision of a region's HTML, or -Infinity if it has none. */
function revisionIn(root: ParentNode): number {
  const revisions = [...root.querySelectorAll<HTMLElement>("[data-live-number]")].map((element) => Number(element.dataset["liveNumber"]));
  return Math.max(-Infinity, ...revisions.filter((revision) => !Number.isNaN(revision)));
}

function htmlOf(fragment: DocumentFragment): string {
  const wrapper = document.createElement("div");
  wrapper.append(fragment);
  return wrapper.innerHTML;
}

function sameItem(old: HTMLElement, fresh: HTMLElement): boolean {
  localizeTimes(fresh);
  const copy = old.cloneNode(true) as HTMLElement;
  copy.classList.remove("live-new");
  return copy.isEqualNode(fresh);
}

/** Makes the nodes the element's children without moving those already in place. */
function update(element: HTMLElement, nodes: Node[]): void {
  const wanted = new Set(nodes);
  for (const child of [...element.childNodes]) {
    if (!wanted.has(child)) {
      child.remove();
    }
  }
  let next: ChildNode | null = element.firstChild;
  for (const node of nodes) {
    if (node === next) {
      next = next.nextSibling;
    } else {
      element.insertBefore(node, next);
    }
  }
}

function replaceKeepingFocus(old: HTMLElement, item: HTMLElement): void {
  const focusable = "a, button, input";
  const at = [...old.querySelectorAll(focusable)].indexOf(document.activeElement as Element);
  old.replaceWith(item);
  if (at >= 0) {
    item.querySelectorAll<HTMLElement>(focusable)[at]?.focus();
  }
}
