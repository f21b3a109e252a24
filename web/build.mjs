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
import { existsSync, readdirSync, watch } from "node:fs";
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

/** The browsers that are supported: those of 2024 and later. */
const target = ["es2022", "chrome120", "firefox128", "safari17.4"];

// --- What is built -------------------------------------------------------------

const shared = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  minify: !watching,
  logLevel: "silent",
  outdir: dist,
  assetNames: "[name]-[hash]",
  entryNames: "[name]-[hash]",
  legalComments: "none",
  target,
};

let scripts; // esbuild's context, which remembers what did not change

async function buildScript() {
  scripts ??= await esbuild.context({
    ...shared,
    entryPoints: [path.join(src, "app.ts")],
    format: "esm",
    sourcemap: watching ? "linked" : false,
  });
  return outputs(await scripts.rebuild());
}

let styles; // Tailwind's compiler, until one of the style sheets changes
const styleSheets = new Set();

async function buildStyle() {
  const entry = path.join(src, "app.css");
  if (!styles) {
    styleSheets.clear();
    styleSheets.add(entry);
    styles = await compile(await readFile(entry, "utf8"), {
      base: src,
      from: entry,
      polyfills: Polyfills.None,
      onDependency: (file) => styleSheets.add(file),
    });
  }
  const candidates = new Scanner({ sources: styles.sources }).scan();
  return outputs(
    await esbuild.build({
      ...shared,
      stdin: { contents: styles.build(candidates), loader: "css", resolveDir: src, sourcefile: "app.css" },
      loader: { ".woff2": "file" },
    }),
    "app.css",
  );
}

async function buildDrawings() {
  const files = [];
  for (const name of await readdir(src)) {
    if (name.endsWith(".svg")) {
      const content = await readFile(path.join(src, name));
      files.push({ source: name, name: hashed(name, content), content });
    }
  }
  return files;
}

/** What esbuild made, under the names that the sources and pages use. */
function outputs(result, stdinName) {
  return result.outputFiles.map((file) => {
    let name = path.basename(file.path);
    if (stdinName && name.startsWith("stdin-")) {
      name = hashed(stdinName, file.contents);
    }
    return { source: unhashed(name), name, content: Buffer.from(file.contents) };
  });
}

function hashed(name, content) {
  const { name: stem, ext } = path.parse(name);
  return `${stem}-${createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase()}${ext}`;
}

function unhashed(name) {
  return name.replace(/-[0-9A-Z]{8}(?=\.)/, "");
}

// --- Where it goes -------------------------------------------------------------

const compressible = new Set([".js", ".css", ".svg"]);
const compress = {
  ".gz": (content) => promisify(gzip)(content, { level: 9 }),
  ".br": (content) =>
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
};

const manifest = {};
const sizes = [];
let previous = new Set(); // what open pages may still ask for, in development

/** Writes the files, then the manifest, then removes what neither names. */
async function publish(files) {
  await mkdir(dist, { recursive: true });
  const changed = files.filter((file) => manifest[file.source] !== file.name);
  await Promise.all(changed.map(write));
  for (const file of changed) {
    manifest[file.source] = file.name;
  }
  const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
  const draft = path.join(dist, ".manifest.json.new");
  await writeFile(draft, `${JSON.stringify(sorted, null, 2)}\n`);
  await rename(draft, path.join(dist, "manifest.json"));
  await sweep();
  return changed.map((file) => file.source).filter((name) => !name.endsWith(".map"));
}

async function write(file) {
  await writeFile(path.join(dist, file.name), file.content);
  if (watching || !compressible.has(path.extname(file.name))) {
    sizes.push({ asset: file.source, bytes: file.content.length });
    return;
  }
  const row = { asset: file.source, bytes: file.content.length };
  for (const [suffix, encode] of Object.entries(compress)) {
    const content = await encode(file.content);
    row[suffix.slice(1)] = content.length;
    if (content.length < file.content.length) {
      await writeFile(path.join(dist, file.name + suffix), content);
    }
  }
  sizes.push(row);
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

// --- What goes wrong -----------------------------------------------------------

/** Says what is wrong, one line for each error, in the form that editors and the development page understand. */
function complain(error, fallback) {
  for (const line of messages(error, fallback)) {
    process.stderr.write(`${line}\n`);
  }
}

function messages(error, fallback) {
  if (Array.isArray(error.errors) && error.errors.length > 0) {
    return error.errors.map(({ location, text }) =>
      location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : `${fallback}: ${text}`,
    );
  }
  const text = String(error.message ?? error).split("\n")[0];
  const [source, start] = error.loc ?? [];
  if (source?.file) {
    const before = source.code.slice(0, start).split("\n");
    return [`${path.relative(root, source.file)}:${before.length}:${before.at(-1).length + 1}: ${text}`];
  }
  const named = /^(.*\.css):(\d+):(\d+): (.*)$/.exec(text);
  return [named ? `${path.relative(root, named[1])}:${named[2]}:${named[3]}: ${named[4]}` : `${fallback}:1:1: ${text}`];
}

// --- Watching ------------------------------------------------------------------

const kinds = {
  script: { build: buildScript, source: "web/src/app.ts", broken: false },
  style: { build: buildStyle, source: "web/src/app.css", broken: false },
  drawings: { build: buildDrawings, source: "web/src", broken: false },
};

function kindsOf(file) {
  switch (path.extname(file)) {
    case ".ts":
      return file.startsWith(src) && !file.endsWith(".test.ts") ? ["script"] : [];
    case ".css":
      styles = undefined;
      return ["style"];
    case ".templ":
      return ["style"];
    case ".svg":
      return file.startsWith(src) ? ["drawings"] : [];
    default:
      return [];
  }
}

async function rebuild(names) {
  const made = [];
  let mended = false;
  for (const name of names) {
    const kind = kinds[name];
    try {
      const files = await kind.build();
      made.push(...files);
      mended ||= kind.broken;
      kind.broken = false;
      if (mended && made.length > 0) {
        mended = files[0].source;
      }
    } catch (error) {
      kind.broken = true;
      if (name === "style") {
        styles = undefined;
      }
      complain(error, kind.source);
    }
  }
  const changed = await publish(made);
  if (changed.length === 0 && mended) {
    changed.push(mended);
  }
  if (changed.length > 0) {
    process.stdout.write(`assets: ${changed.join(" ")}\n`);
  }
}

/** Folders that are not looked into: large, or what we write ourselves. */
const passed = new Set(["node_modules", "dist", "testdata"]);

function watchFolders(onChange) {
  const watched = new Set();
  const look = (folder) => {
    if (watched.has(folder) || passed.has(path.basename(folder)) || !existsSync(folder)) {
      return;
    }
    watched.add(folder);
    const watcher = watch(folder, (_, name) => {
      if (name === null) {
        return;
      }
      const file = path.join(folder, name);
      onChange(file);
      if (path.extname(name) === "") {
        lookBelow(folder);
      }
    });
    watcher.on("error", () => {
      watched.delete(folder);
      watcher.close();
    });
    lookBelow(folder);
  };
  const lookBelow = (folder) => {
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory() && !entry.name.startsWith(".")) {
          look(path.join(folder, entry.name));
        }
      }
    } catch {
      // the folder was removed in the meantime
    }
  };
  for (const folder of [web, path.join(root, "features"), path.join(root, "core"), path.join(root, "cmd")]) {
    look(folder);
  }
}

/** Collects changes for a moment, because editors save in several steps, and builds once at a time. */
function startWatching() {
  const due = new Set();
  let timer;
  let running = false;
  const run = async () => {
    if (running) {
      return;
    }
    running = true;
    while (due.size > 0) {
      const names = [...due];
      due.clear();
      await rebuild(names);
    }
    running = false;
  };
  watchFolders((file) => {
    for (const kind of kindsOf(file)) {
      due.add(kind);
    }
    if (due.size > 0) {
      clearTimeout(timer);
      timer = setTimeout(run, 15);
    }
  });
}

/** Ends with the program that started us, even if that was killed. */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(0), 1000).unref();
}

// --- Main ----------------------------------------------------------------------

if (watching) {
  endWithParent();
  startWatching();
  await rebuild(Object.keys(kinds));
} else {
  try {
    const files = await Promise.all(Object.values(kinds).map((kind) => kind.build().catch((error) => Promise.reject(Object.assign(error, { kind })))));
    await publish(files.flat());
    if (flags.has("--report")) {
      console.table(sizes.sort((a, b) => b.bytes - a.bytes));
    }
  } catch (error) {
    complain(error, error.kind?.source ?? "web/build.mjs");
    process.exitCode = 1;
  }
  await scripts?.dispose();
}
