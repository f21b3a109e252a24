import { parseHTML } from "linkedom";

/** Creates a new document, sets it as the global one and returns its body. */
export function page(body: string): HTMLElement {
  const { document, HTMLElement, Event } = parseHTML(`<!doctype html><html lang="en"><body>${body}</body></html>`);
  Object.assign(globalThis, { document, HTMLElement, Event });
  return document.body;
}

export function one<E extends Element = HTMLElement>(root: ParentNode, selector: string): E {
  const element = root.querySelector<E>(selector);
  if (!element) {
    throw new Error(`no element matches ${selector}`);
  }
  return element;
}

/** Returns the text of each element that matches the selector. */
export function texts(root: ParentNode, selector: string): string[] {
  return [...root.querySelectorAll(selector)].map((element) => element.textContent?.trim() ?? "");
}
