/**
 * What may be taken from a payload and put on a page. A payload is whatever
 * somebody wrote into a form: it becomes text, a date or a link within this
 * site, and never markup.
 */

/** The value at a path such as "author.name", of the payload's own fields only. */
export function valueAt(payload: unknown, path: string): unknown {
  let value = payload;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** The value as text: "" for what is missing or is no plain value. */
export function textAt(payload: unknown, path: string): string {
  const value = valueAt(payload, path);
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
      return String(value);
    default:
      return "";
  }
}

/** The value as a link within this site: a path, or "" for anything else. */
export function linkAt(payload: unknown, path: string, base: string): string {
  const value = valueAt(payload, path);
  if (typeof value !== "string" || value === "") {
    return "";
  }
  try {
    const here = new URL(base);
    const url = new URL(value, here);
    const ours = (url.protocol === "https:" || url.protocol === "http:") && url.origin === here.origin;
    return ours ? url.pathname + url.search + url.hash : "";
  } catch {
    return "";
  }
}

/** A sentence with fields in braces: "New article: {title}". */
export function sentence(template: string, payload: unknown): string {
  return template.replace(/\{([\w.]+)\}/g, (_, path: string) => textAt(payload, path));
}
