import { parseHTML } from "linkedom";

/** A document where a browser would have one. Each call makes a new one. */
export function page(body: string): HTMLElement {
  const { document, HTMLElement, Event } = parseHTML(`<!doctype html><html lang="en"><body>${body}</body></html>`);
  Object.assign(globalThis, { document, HTMLElement, Event });
  return document.body;
}

export function one<E extends Element = HTMLElement>(root: ParentNode, selector: string): E {
  const element = root.querySelector<E>(selector);
  if (!element) {
    throw new Error(`There is no ${selector}.`);
  }
  return element;
}

/** The text of each element that the selector finds. */
export function texts(root: ParentNode, selector: string): string[] {
  return [...root.querySelectorAll(selector)].map((element) => element.textContent?.trim() ?? "");
}
