import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

const css = readFileSync("src/app.css", "utf8");
const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");
const modes = { light: tokens(light), dark: { ...tokens(light), ...tokens(dark.split("@layer")[0] ?? "") } };

/** Text and background colors: at least 4.5:1 (WCAG AA). */
const text: [string, string][] = [
  ["ink", "paper"],
  ["ink", "surface"],
  ["ink", "tint"],
  ["muted", "paper"],
  ["muted", "surface"],
  ["muted", "tint"],
  ["faint", "surface"],
  ["accent-ink", "paper"],
  ["accent-ink", "surface"],
  ["accent-ink", "tint"],
  ["accent-ink", "accent-soft"],
  ["on-accent", "accent"],
  ["on-accent", "accent-strong"],
  ["caution-ink", "caution-soft"],
  ["caution-ink", "surface"],
  ["danger-ink", "danger-soft"],
  ["danger-ink", "surface"],
  ["danger-ink", "paper"],
  ["on-danger", "danger"],
];

/** Field borders, focus rings and status dots: at least 3:1. */
const borders: [string, string][] = [
  ["edge", "surface"],
  ["edge", "paper"],
  ["accent", "paper"],
  ["accent", "surface"],
  ["danger", "surface"],
];

for (const [mode, colors] of Object.entries(modes)) {
  describe(`in ${mode} mode`, () => {
    for (const [pairs, least] of [
      [text, 4.5],
      [borders, 3],
    ] as const) {
      for (const [front, back] of pairs) {
        test(`${front} on ${back} has enough contrast`, () => {
          const ratio = contrast(color(colors, front), color(colors, back));
          assert.ok(ratio >= least, `contrast ${ratio.toFixed(2)}, want ${least}`);
        });
      }
    }
  });
}

describe("avatars", () => {
  for (const [, name, , backLight = "", backDark = "", , frontLight = "", frontDark = ""] of css.matchAll(
    /\.(avatar-\d) \{ background: (light-dark)\((#\w+), (#\w+)\); color: (light-dark)\((#\w+), (#\w+)\)/g,
  )) {
    test(`${name} has enough contrast`, () => {
      assert.ok(contrast(frontLight, backLight) >= 4.5 && contrast(frontDark, backDark) >= 4.5);
    });
  }
});

function tokens(source: string): Record<string, string> {
  return Object.fromEntries([...source.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = "", value = ""]) => [name, value]));
}

function color(colors: Record<string, string>, name: string): string {
  const value = colors[name];
  assert.ok(value, `unknown color ${name}`);
  return value;
}

function contrast(a: string, b: string): number {
  const [dim = 0, bright = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (bright + 0.05) / (dim + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
