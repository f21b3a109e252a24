/**
 * Reads values from a payload for display. Payloads carry user input, so a
 * value becomes text, a date or a link within this site, never markup.
 */

/** Returns the value at a path such as "author.name". Inherited properties are ignored. */
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

/** Returns the value as text, or "" if it is missing, an object or an array. */
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

/** Returns the value as a path within this site, or "" for any other URL. */
export function linkAt(payload: unknown, path: string, base: string): string {
  const value = valueAt(payload, path);
  if (typeof value !== "string" || value === "") {
    return "";
  }
  try {
    const here = new URL(base);
    const url = new URL(value, here);
    const sameSite = (url.protocol === "https:" || url.protocol === "http:") && url.origin === here.origin;
    return sameSite ? url.pathname + url.search + url.hash : "";
  } catch {
    return "";
  }
}

/** Replaces {field} in a template such as "New article: {title}" with the payload's values. */
export function interpolate(template: string, payload: unknown): string {
  return template.replace(/\{([\w.]+)\}/g, (_, path: string) => textAt(payload, path));
}
