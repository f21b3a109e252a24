/**
 * Renders an item of a live region from the region's template and a payload:
 *
 *     <template data-live-item>
 *       <li>
 *         <a data-live-href="url" data-live-text="title"></a>
 *         <p data-live-if="summary" data-live-text="summary"></p>
 *         <span data-live-avatar="authorName"></span>
 *         <time data-live-datetime="publishedAt" data-time></time>
 *       </li>
 *     </template>
 */

import { linkAt, textAt, valueAt } from "./payload";
import { formatTime } from "./time";

/** Renders the item, or returns undefined if the template is empty. */
export function makeItem(template: HTMLTemplateElement, payload: unknown, key: string, base: string): HTMLElement | undefined {
  const item = template.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined;
  if (!item) {
    return undefined;
  }
  item.dataset["key"] = key;
  fill(item, payload, base);
  return item;
}

/**
 * Shows a payload in existing elements. Their bindings stay for the next
 * payload, so an element whose data-live-if is empty is hidden, not removed.
 */
export function updateInPlace(root: HTMLElement, payload: unknown, base: string): void {
  each(root, { ...bindings, "data-live-if": hideIfEmpty }, (element, _, bind, path) => bind(element, payload, path, base));
}

function fill(item: HTMLElement, payload: unknown, base: string): void {
  each(item, bindings, (element, attribute, bind, path) => {
    element.removeAttribute(attribute);
    bind(element, payload, path, base);
  });
}

function each(root: HTMLElement, bound: Record<string, Binding>, visit: (element: HTMLElement, attribute: string, bind: Binding, path: string) => void): void {
  for (const element of [root, ...root.querySelectorAll<HTMLElement>("*")]) {
    for (const [attribute, bind] of Object.entries(bound)) {
      const path = element.getAttribute(attribute);
      if (path !== null) {
        visit(element, attribute, bind, path);
      }
    }
  }
}

type Binding = (element: HTMLElement, payload: unknown, path: string, base: string) => void;

const bindings: Record<string, Binding> = {
  "data-live-bind-key": () => undefined, // accepted and ignored: the key is always set on the item
  "data-live-if": (element, payload, path) => {
    if (isEmpty(payload, path)) {
      element.remove();
    }
  },
  "data-live-text": (element, payload, path) => {
    element.textContent = textAt(payload, path);
  },
  "data-live-href": (element, payload, path, base) => {
    const link = linkAt(payload, path, base);
    if (link === "") {
      element.removeAttribute("href");
    } else {
      element.setAttribute("href", link);
    }
  },
  "data-live-datetime": (element, payload, path) => {
    const at = new Date(textAt(payload, path));
    if (Number.isNaN(at.getTime())) {
      element.removeAttribute("datetime");
      return;
    }
    element.setAttribute("datetime", at.toISOString());
    element.textContent = formatTime(at, element.dataset["time"] ?? "");
  },
  "data-live-avatar": (element, payload, path) => {
    const name = textAt(payload, path);
    element.textContent = initials(name);
    element.classList.add(avatarColor(name));
  },
};

const hideIfEmpty: Binding = (element, payload, path) => void element.toggleAttribute("hidden", isEmpty(payload, path));

function isEmpty(payload: unknown, path: string): boolean {
  const value = valueAt(payload, path);
  return value === undefined || value === null || value === "" || value === false || value === 0;
}

/** Returns the initials of a name, like components.Avatar. */
export function initials(name: string): string {
  const words = name.split(/[\s@]+/).filter((word) => word !== "");
  const first = words[0];
  const last = words.at(-1);
  if (first === undefined || last === undefined) {
    return "?";
  }
  return words.length === 1 ? initial(first) : initial(first) + initial(last);
}

function initial(word: string): string {
  return (Array.from(word)[0] ?? "").toUpperCase();
}

const avatarColors = 6;

/** Returns the color class of a name, like components.Avatar: FNV-1a of its bytes. */
export function avatarColor(name: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return `avatar-${(hash % avatarColors) + 1}`;
}
