/**
 * A part of a page that shows live state with no script of its own:
 *
 *     <ul id="feed" data-live="blog.article.feed" data-live-insert="prepend" data-live-key="id"
 *         data-live-refresh="/?fragment=feed" data-live-announce="New article: {title}">
 *       <template data-live-item>…</template>
 *       <li data-key="0190…">…</li>
 *     </ul>
 *
 * data-live          the topic
 * data-live-insert   "prepend" or "append" the entry that a payload makes;
 *                    "replace": ask for the present state whenever something comes;
 *                    "update": show the payload in what stands in the region already;
 *                    "toast": show the entry above the page, and nothing in the region
 * data-live-key      the payload's field that says which entry it is: an entry
 *                    of that data-key is replaced, so that nothing shows twice
 * data-live-refresh  where the present state is: the region's HTML. It is asked
 *                    for after every (re)connection, so that nothing is missed
 * data-live-announce what a screen reader says of a payload
 * data-live-order    the payload's field that counts the states of a region that
 *                    is updated. Messages may overtake one another: one that is
 *                    not newer than what is shown is passed over. Which state the
 *                    server's HTML is, an element in it says with data-live-number
 * data-live-limit    how many entries are kept
 * data-live-send     a topic on which the page says data-live-payload (JSON) after
 *                    every (re)connection: that it is here
 *
 * An element with data-live-empty in the region goes when the first entry comes.
 */

import type { Answer, Listener, Meta, Refusal } from "./connection";
import { makeItem, updateInPlace } from "./live_item";
import { sentence, textAt } from "./payload";
import { localizeTimes } from "./time";

/** What a region needs of the world around it. */
export interface Surroundings {
  /** The HTML at an address of this site, or undefined if there is none to be had now. */
  fetch(url: string): Promise<string | undefined>;
  announce(text: string): void;
  /** Says something on a topic, and returns the server's answer. */
  send(topic: string, payload: unknown): Promise<Answer>;
  later(milliseconds: number, run: () => void): () => void;
  random(): number;
  /** The address of the page. */
  base: string;
  /** Called with elements that are new on the page. */
  added(element: Element): void;
  /** Shows an element above the page until it is dismissed. */
  toast(element: HTMLElement): void;
  /** Says that a region that was live is so no more, and why. */
  lost(reason: string): void;
  /** Makes the element's content that of the HTML, with as few changes as it can. */
  morph(element: HTMLElement, html: string): void;
}

/** How long several payloads in a row may share one request for the present state. */
const together = 150;
const firstRetry = 2_000;
const retries = 5;
/** Refusals that pass by themselves. */
const passing = new Set(["timeout", "unavailable", "too_many", "internal"]);

export class LiveRegion implements Listener {
  #element: HTMLElement;
  #around: Surroundings;
  #refreshing = false;
  #again = false;
  #held: unknown[] = [];
  #number: number;
  #cancelDue: (() => void) | undefined;
  #cancelSay: (() => void) | undefined;

  constructor(element: HTMLElement, around: Surroundings) {
    this.#element = element;
    this.#around = around;
    this.#number = numberIn(element);
  }

  message(payload: unknown, _meta?: Meta): void {
    const announcement = sentence(this.#element.dataset["liveAnnounce"] ?? "", payload);
    if (announcement.trim() !== "") {
      this.#around.announce(announcement);
    }
    if (this.#insertion() === "replace") {
      this.#refreshSoon();
    } else if (this.#refreshing) {
      this.#held.push(payload); // the answer under way may be from before this
    } else {
      this.#take(payload);
    }
  }

  joined(): void {
    this.#element.dataset["liveState"] = "joined";
    void this.#say();
    void this.refresh();
  }

  refused(refusal: Refusal): void {
    if (this.#element.dataset["liveState"] === "joined") {
      this.#around.lost(refusal.message);
    }
    this.#element.dataset["liveState"] = refusal.code;
  }

  /** Asks for the present state and shows it, then what came in the meantime. */
  async refresh(attempt = 0): Promise<void> {
    const url = this.#element.dataset["liveRefresh"];
    if (!url) {
      return;
    }
    if (this.#refreshing) {
      this.#again = true;
      return;
    }
    this.#refreshing = true;
    const html = await this.#around.fetch(url).catch(() => undefined);
    if (html !== undefined) {
      this.#show(contentOf(html, this.#element.id));
    }
    this.#refreshing = false;
    for (const payload of this.#held.splice(0)) {
      this.#take(payload);
    }
    if (this.#again) {
      this.#again = false;
      await this.refresh();
    } else if (html === undefined && attempt < retries) {
      this.#due(retryAfter(attempt, this.#around.random()), attempt + 1);
    }
  }

  /** Says what the element has to say, and again if the server could not hear it. */
  async #say(attempt = 0): Promise<void> {
    this.#cancelSay?.();
    const topic = this.#element.dataset["liveSend"];
    if (!topic || !this.#element.isConnected) {
      return;
    }
    const answer = await this.#around.send(topic, JSON.parse(this.#element.dataset["livePayload"] ?? "{}"));
    if (!answer.ok && passing.has(answer.error.code) && attempt < retries) {
      this.#cancelSay = this.#around.later(retryAfter(attempt, this.#around.random()), () => void this.#say(attempt + 1));
    }
  }

  #insertion(): string {
    return this.#element.dataset["liveInsert"] ?? "prepend";
  }

  #refreshSoon(): void {
    this.#due(together * (0.5 + this.#around.random()), 0);
  }

  #due(milliseconds: number, attempt: number): void {
    this.#cancelDue?.();
    this.#cancelDue = this.#around.later(milliseconds, () => void this.refresh(attempt));
  }

  #take(payload: unknown): void {
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
      const number = Number(textAt(payload, field) || NaN);
      if (!(number > this.#number)) {
        return;
      }
      this.#number = number;
    }
    updateInPlace(this.#element, payload, this.#around.base);
  }

  #toast(payload: unknown): void {
    const template = this.#template();
    const element = template && makeItem(template, payload, "", this.#around.base);
    if (element) {
      this.#around.toast(element);
    }
  }

  #insert(payload: unknown): void {
    const field = this.#element.dataset["liveKey"];
    const key = field ? textAt(payload, field) : "";
    const template = this.#template();
    if (!template || (field && key === "")) {
      return; // nothing to make an entry of
    }
    const item = makeItem(template, payload, key, this.#around.base);
    if (!item) {
      return;
    }
    const old = field ? this.#itemOf(key) : undefined;
    if (old) {
      replaceKeepingFocus(old, item);
    } else {
      this.#place(item);
    }
    this.#around.added(item);
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
   * Shows the present state. Entries that are unchanged stay the elements they
   * are, with their focus; older ones that the reader has added at the end
   * stay too. A region without entries is changed where it differs.
   */
  #show(fresh: DocumentFragment): void {
    this.#number = Math.max(this.#number, numberIn(fresh));
    if (!this.#element.dataset["liveKey"]) {
      this.#around.morph(this.#element, htmlOf(fresh));
      return;
    }
    const template = this.#template();
    const kept = template && !fresh.querySelector("template[data-live-item]") ? [template] : [];
    const older = this.#olderThan(fresh);
    const known = new Map(this.#items().map((item) => [item.dataset["key"], item]));
    const nodes = [...fresh.childNodes].map((node) => {
      const old = node instanceof HTMLElement ? known.get(node.dataset["key"]) : undefined;
      return old && sameItem(old, node as HTMLElement) ? old : node;
    });
    update(this.#element, [...kept, ...nodes, ...older]);
    for (const node of nodes) {
      if (node instanceof HTMLElement) {
        this.#around.added(node);
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

/** How long to wait after so many attempts: longer each time, and not all pages at once. */
function retryAfter(attempt: number, chance: number): number {
  return firstRetry * 2 ** attempt * (0.5 + chance);
}

/** What the answer puts into the region: all of it, or what is in its element of the region's id. */
function contentOf(html: string, id: string): DocumentFragment {
  const parsed = document.createElement("template");
  parsed.innerHTML = html; // the server's own HTML, as any page is
  const whole = id === "" ? null : parsed.content.getElementById(id);
  if (whole) {
    parsed.content.replaceChildren(...whole.childNodes);
  }
  return parsed.content;
}

/** Which of a region's states this is; less than any if it does not say. */
function numberIn(root: ParentNode): number {
  const numbers = [...root.querySelectorAll<HTMLElement>("[data-live-number]")].map((element) => Number(element.dataset["liveNumber"]));
  return Math.max(-Infinity, ...numbers.filter((number) => !Number.isNaN(number)));
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

/** Makes the nodes the element's children, without touching those that are in place. */
function update(element: HTMLElement, nodes: Node[]): void {
  const wanted = new Set(nodes);
  for (const child of [...element.childNodes]) {
    if (!wanted.has(child)) {
      child.remove();
    }
  }
  let place: ChildNode | null = element.firstChild;
  for (const node of nodes) {
    if (node === place) {
      place = place.nextSibling;
    } else {
      element.insertBefore(node, place);
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
