// Makes dist/ of src/: one script, one style sheet, the fonts and drawings,
// each under a name with a hash of its content, and manifest.json, which maps
// names to hashed names and is written last.
//
//	node build.mjs            for production: minified, compressed, old files removed
//	node build.mjs --report   the same, and says how large everything is
//	node build.mjs --watch    for development: rebuilds on every change
//
// A build says nothing but errors, as file:line:column on standard error. The
// watcher says after each rebuild, on standard output, what is new:
// "assets: app.css".

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, watch } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import { compile, Polyfills } from "@tailwindcss/node";
import { Scanner } from "@tailwindcss/oxide";
import * as esbuild from "esbuild";

const web = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(web);
const src = path.join(web, "src");
const dist = path.join(web, "dist");

const flags = new Set(process.argv.slice(2));
const watching = flags.has("--watch");

/** Bytes of script and style together, compressed, that a page may cost. */
const allowance = 60_000;

const shared = {
  absWorkingDir: root,
  outdir: dist,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  write: false,
  minify: !watching,
  legalComments: "none",
  logLevel: "silent",
  target: ["es2022", "chrome120", "firefox128", "safari17.4"], // the browsers of 2024 and later
};

/** A part of dist that is built by itself: what it is made of, and the asset that it is known by. */
const parts = {
  script: { build: buildScript, source: "web/src/app.ts", asset: "app.js" },
  style: { build: buildStyle, source: "web/src/app.css", asset: "app.css" },
  drawings: { build: buildDrawings, source: "web/src", asset: "favicon.svg" },
};

let scripts; // esbuild's context: it remembers what did not change

async function buildScript() {
  scripts ??= await esbuild.context({
    ...shared,
    entryPoints: [path.join(src, "app.ts")],
    format: "esm",
    sourcemap: watching ? "linked" : false,
  });
  return made(await scripts.rebuild());
}

let styles; // Tailwind's compiler: good until a style sheet changes

async function buildStyle() {
  const entry = path.join(src, "app.css");
  styles ??= await compile(await readFile(entry, "utf8"), {
    base: src,
    from: entry,
    polyfills: Polyfills.None,
    onDependency: () => undefined,
  });
  const classes = new Scanner({ sources: styles.sources }).scan();
  const result = await esbuild.build({
    ...shared,
    stdin: { contents: styles.build(classes), loader: "css", resolveDir: src, sourcefile: "web/src/app.css" },
    loader: { ".woff2": "file" },
  });
  return made(result).map((file) => (file.asset === "stdin.css" ? asset("app.css", file.content) : file));
}

async function buildDrawings() {
  const names = (await readdir(src)).filter((name) => /\.(svg|png)$/.test(name));
  return Promise.all(names.map(async (name) => asset(name, await readFile(path.join(src, name)))));
}

function asset(name, content) {
  const { name: stem, ext } = path.parse(name);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  return { asset: name, name: `${stem}-${hash}${ext}`, content };
}

/** What esbuild made, by the names that pages use and by hashed ones. */
function made(result) {
  return result.outputFiles.map(({ path: file, contents }) => {
    const name = path.basename(file);
    return { asset: name.replace(/-[0-9A-Z]{8}(?=\.)/, ""), name, content: Buffer.from(contents) };
  });
}

const manifest = {};
let previous = new Set(); // what pages that are open in development may still ask for

/** Writes the files, then the manifest, then removes what is not in it. Says which assets are new. */
async function publish(files) {
  await mkdir(dist, { recursive: true });
  const changed = files.filter((file) => manifest[file.asset] !== file.name);
  await Promise.all(changed.map(write));
  for (const file of changed) {
    manifest[file.asset] = file.name;
  }
  const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
  const draft = path.join(dist, ".manifest.json.new");
  await writeFile(draft, `${JSON.stringify(sorted, null, 2)}\n`);
  await rename(draft, path.join(dist, "manifest.json"));
  await sweep();
  return changed.map((file) => file.asset).filter((name) => !name.endsWith(".map"));
}

const encoders = {
  gz: (content) => promisify(gzip)(content, { level: 9 }),
  br: (content) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
};

async function write(file) {
  await writeFile(path.join(dist, file.name), file.content);
  if (watching || /\.(woff2|png)$/.test(file.name)) {
    return;
  }
  for (const [suffix, encode] of Object.entries(encoders)) {
    const content = await encode(file.content);
    file[suffix] = content.length;
    if (content.length < file.content.length) {
      await writeFile(path.join(dist, `${file.name}.${suffix}`), content);
    }
  }
}

async function sweep() {
  const current = new Set(Object.values(manifest));
  for (const name of await readdir(dist)) {
    const plain = name.replace(/\.(gz|br)$/, "");
    if (name !== ".keep" && name !== "manifest.json" && !current.has(plain) && !previous.has(plain)) {
      await rm(path.join(dist, name), { recursive: true, force: true });
    }
  }
  previous = watching ? current : new Set();
}

/** What is wrong, one line for each mistake, as editors and the development page read it. */
function mistakes(error, source) {
  if (error.errors?.length > 0) {
    return error.errors.map(({ location, text }) =>
      location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : `${source}:1:1: ${text}`,
    );
  }
  const text = String(error.message ?? error).split("\n")[0];
  const named = /^(.+\.css):(\d+):(\d+): (.*)$/.exec(text);
  if (named) {
    const [, file, line, column, rest] = named;
    return [`${path.relative(root, path.resolve(src, file))}:${line}:${column}: ${rest}`];
  }
  const [, culprit] = /`([^`]+)`/.exec(text) ?? [];
  return [`${(culprit && placeOf(culprit)) ?? `${source}:1:1`}: ${text}`];
}

/** Where in the style sheets a word stands that Tailwind complains of without saying where. */
function placeOf(word) {
  for (const name of readdirSync(src).filter((file) => file.endsWith(".css"))) {
    const lines = readFileSync(path.join(src, name), "utf8").split("\n");
    const at = lines.findIndex((line) => line.includes(word));
    if (at >= 0) {
      return `web/src/${name}:${at + 1}:${lines[at].indexOf(word) + 1}`;
    }
  }
  return undefined;
}

/** Builds parts, complains about those that cannot be built, and publishes the others. */
async function build(names) {
  const files = [];
  const mended = [];
  for (const part of names.map((name) => parts[name])) {
    try {
      files.push(...(await part.build()));
      if (part.broken) {
        mended.push(part.asset);
      }
      part.broken = false;
    } catch (error) {
      styles = undefined;
      part.broken = true;
      process.stderr.write(mistakes(error, part.source).map((line) => `${line}\n`).join(""));
    }
  }
  const news = new Set([...(await publish(files)), ...mended]);
  return { files, news: [...news] };
}

function partsOf(file) {
  const ours = file.startsWith(src + path.sep);
  switch (path.extname(file)) {
    case ".ts":
      return ours && !file.endsWith(".test.ts") ? ["script"] : [];
    case ".css":
      styles = undefined;
      return ours ? ["style"] : [];
    case ".svg":
    case ".png":
      return ours ? ["drawings"] : [];
    case ".templ":
      return ["style"];
    default:
      return [];
  }
}

const skipped = new Set(["node_modules", "dist", "testdata"]);

/** Calls back with every file that changes in the folders and in those below them, new ones too. */
function watchFolders(folders, changed) {
  const watched = new Map();
  const forget = (folder) => {
    watched.get(folder)?.close();
    watched.delete(folder);
  };
  const enter = (folder) => {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      return forget(folder); // it is gone
    }
    if (!watched.has(folder)) {
      const watcher = watch(folder, (_, name) => {
        if (name !== null) {
          changed(path.join(folder, name));
          enter(folder);
        }
      });
      watcher.on("error", () => forget(folder));
      watched.set(folder, watcher);
    }
    for (const entry of entries) {
      const below = path.join(folder, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith(".") && !skipped.has(entry.name) && !watched.has(below)) {
        enter(below);
        readdirSync(below).forEach((name) => changed(path.join(below, name)));
      }
    }
  };
  folders.forEach(enter);
}

/** Collects changes for a moment, because editors save in several steps, and builds once at a time. */
function buildOnChange() {
  const due = new Set(Object.keys(parts));
  let building = false;
  let timer;
  const run = async () => {
    if (building) {
      return;
    }
    building = true;
    while (due.size > 0) {
      const names = [...due];
      due.clear();
      const { news } = await build(names);
      if (news.length > 0) {
        process.stdout.write(`assets: ${news.join(" ")}\n`);
      }
    }
    building = false;
  };
  const folders = ["web", "features", "core", "cmd"].map((name) => path.join(root, name));
  watchFolders(folders, (file) => {
    partsOf(file).forEach((name) => due.add(name));
    clearTimeout(timer);
    timer = setTimeout(run, 15);
  });
  clearTimeout(timer);
  return run();
}

/** Ends with the program that started this one, however that ended. */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(0), 1000);
}

function checkAllowance(files) {
  const bytes = files.filter((file) => /\.(js|css)$/.test(file.asset)).reduce((sum, file) => sum + file.gz, 0);
  if (bytes > allowance) {
    process.stderr.write(`web/src:1:1: scripts and styles are ${bytes} bytes compressed, more than the ${allowance} that a page may cost\n`);
    process.exitCode = 1;
  }
}

if (watching) {
  endWithParent();
  await buildOnChange();
} else {
  const { files } = await build(Object.keys(parts));
  checkAllowance(files);
  if (Object.values(parts).some((part) => part.broken)) {
    process.exitCode = 1;
  }
  if (flags.has("--report")) {
    const rows = files.map(({ asset, content, gz, br }) => ({ asset, bytes: content.length, gz, br }));
    console.table(rows.sort((a, b) => b.bytes - a.bytes));
  }
  await scripts?.dispose();
}
