// Stands in for the real asset build: the same messages to the supervisor, but it
// only copies the sources. A source that contains "BROKEN" has a mistake.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, watch, writeFileSync } from "node:fs";

const manifest = {};
const broken = {};

function build(source, asset) {
  const content = readFileSync(`src/${source}`, "utf8");
  if (content === "") {
    return; // an editor is saving
  }
  if (content.includes("BROKEN")) {
    broken[asset] = true;
    process.stderr.write(`web/src/${source}:1:1: this is broken\n`);
    return;
  }
  const [stem, extension] = asset.split(".");
  const name = `${stem}-${createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase()}.${extension}`;
  if (manifest[asset] === name && !broken[asset]) {
    return;
  }
  broken[asset] = false;
  manifest[asset] = name;
  writeFileSync(`dist/${name}`, content);
  writeFileSync("dist/manifest.json", JSON.stringify(manifest));
  process.stdout.write(`assets: ${asset}\n`);
}

mkdirSync("dist", { recursive: true });
const sources = { "app.css": "app.css", "app.ts": "app.js" };
watch("src", (_, name) => sources[name] && build(name, sources[name]));
for (const [source, asset] of Object.entries(sources)) {
  build(source, asset);
}
