// Builds dist/ from src/: one script, one style sheet, fonts and images, each
// with a content hash in its name, and manifest.json, which maps names to hashed
// names and is written last.
//
//	node build.mjs            for production: minified, compressed, old files removed
//	node build.mjs --report   the same, and prints the sizes
//	node build.mjs --watch    for development: rebuilds on every change
//
// A build prints only errors, as file:line:column on standard error. After each
// rebuild, the watcher prints the changed assets on standard output:
// "assets: app.css".

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, watch } from "node:fs";
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

/** The maximum compressed size of script and style sheet together, in bytes. */
const sizeLimit = 60_000;

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
  target: ["es2022", "chrome120", "firefox128", "safari17.4"], // browsers from 2024 on
};

/** The independently built targets: the build function, the source for errors, and the main asset. */
const targets = {
  script: { build: buildScript, source: "web/src/app.ts", asset: "app.js" },
  style: { build: buildStyle, source: "web/src/app.css", asset: "app.css" },
  images: { build: buildImages, source: "web/src", asset: "favicon.svg" },
};

const optional = ["live.ts"]; // scripts of optional packages, which join app.ts if they exist

let scripts; // esbuild's context, for incremental builds

async function buildScript() {
  scripts ??= await esbuild.context({
    ...shared,
    entryPoints: [path.join(src, "app.ts")],
    inject: optional.map((name) => path.join(src, name)).filter((file) => existsSync(file)),
    format: "esm",
    sourcemap: watching ? "linked" : false,
  });
  return outputs(await scripts.rebuild());
}

const skipped = new Set(["node_modules", "dist", "testdata"]);

function isSourceFolder(entry) {
  return entry.isDirectory() && !entry.name.startsWith(".") && !skipped.has(entry.name);
}

let styles; // Tailwind's compiler, reused until a style sheet changes

async function buildStyle() {
  const entry = path.join(src, "app.css");
  styles ??= await compile(await readFile(entry, "utf8"), {
    base: src,
    from: entry,
    polyfills: Polyfills.None,
    onDependency: () => undefined,
  });
  // Not the scanner's own search, which leaves out what git ignores: the checkout
  // may be in a repository that ignores it.
  const files = styles.sources.flatMap(({ base, pattern }) => filesMatching(base, pattern));
  const classes = new Scanner({}).scanFiles(files.map((file) => ({ content: readFileSync(file, "utf8"), extension: path.extname(file).slice(1) })));
  const result = await esbuild.build({
    ...shared,
    stdin: { contents: styles.build(classes), loader: "css", resolveDir: src, sourcefile: "web/src/app.css" },
    loader: { ".woff2": "file" },
  });
  return outputs(result).map((file) => (file.asset === "stdin.css" ? asset("app.css", file.content) : file));
}

/** Returns the files that match a pattern of an @source rule: folders, then *, ** and names. */
function filesMatching(base, pattern) {
  const names = pattern.split("/");
  const fixed = names.findIndex((name) => name.includes("*"));
  const folder = path.resolve(base, ...names.slice(0, fixed));
  const rest = names.slice(fixed).join("/");
  const expression = rest.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*\*\/|\*/g, (stars) => (stars === "*" ? "[^/]*" : "(?:.*/)?"));
  const matches = new RegExp(`^${expression}$`);
  return sourcesBelow(folder, rest.includes("/")).filter((file) => matches.test(path.relative(folder, file).split(path.sep).join("/")));
}

/** Returns the files in a folder that may exist, and in its subfolders if wanted. */
function sourcesBelow(folder, recursive) {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const below = path.join(folder, entry.name);
    if (entry.isFile()) {
      return [below];
    }
    return recursive && isSourceFolder(entry) ? sourcesBelow(below, true) : [];
  });
}

async function buildImages() {
  const names = (await readdir(src)).filter((name) => /\.(svg|png)$/.test(name));
  return Promise.all(names.map(async (name) => asset(name, await readFile(path.join(src, name)))));
}

function asset(name, content) {
  const { name: stem, ext } = path.parse(name);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  return { asset: name, name: `${stem}-${hash}${ext}`, content };
}

/** Returns esbuild's output files with their source and hashed names. */
function outputs(result) {
  return result.outputFiles.map(({ path: file, contents }) => {
    const name = path.basename(file);
    return { asset: name.replace(/-[0-9A-Z]{8}(?=\.)/, ""), name, content: Buffer.from(contents) };
  });
}

const manifest = {};
let previous = new Set(); // files that pages open in development may still request

/** Writes the files, then the manifest, then removes stale files. Returns the changed assets. */
async function publish(files) {
  await mkdir(dist, { recursive: true });
  const changed = files.filter((file) => manifest[file.asset] !== file.name);
  await Promise.all(changed.map(write));
  for (const file of changed) {
    manifest[file.asset] = file.name;
  }
  const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
  const temporary = path.join(dist, ".manifest.json.new");
  await writeFile(temporary, `${JSON.stringify(sorted, null, 2)}\n`);
  await rename(temporary, path.join(dist, "manifest.json"));
  await removeStale();
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

async function removeStale() {
  const current = new Set(Object.values(manifest));
  for (const name of await readdir(dist)) {
    const plain = name.replace(/\.(gz|br)$/, "");
    if (name !== ".keep" && name !== "manifest.json" && !current.has(plain) && !previous.has(plain)) {
      await rm(path.join(dist, name), { recursive: true, force: true });
    }
  }
  previous = watching ? current : new Set();
}

/** Formats errors as file:line:column lines, which editors and the development error page understand. */
function formatErrors(error, source) {
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
  const [, word] = /`([^`]+)`/.exec(text) ?? [];
  return [`${(word && locate(word)) ?? `${source}:1:1`}: ${text}`];
}

/** Finds a word in the style sheets, for Tailwind errors without a position. */
function locate(word) {
  for (const name of readdirSync(src).filter((file) => file.endsWith(".css"))) {
    const lines = readFileSync(path.join(src, name), "utf8").split("\n");
    const at = lines.findIndex((line) => line.includes(word));
    if (at >= 0) {
      return `web/src/${name}:${at + 1}:${lines[at].indexOf(word) + 1}`;
    }
  }
  return undefined;
}

/** Builds targets, reports those that fail, and publishes the others. */
async function build(names) {
  const files = [];
  const fixed = [];
  for (const target of names.map((name) => targets[name])) {
    try {
      files.push(...(await target.build()));
      if (target.broken) {
        fixed.push(target.asset);
      }
      target.broken = false;
    } catch (error) {
      styles = undefined;
      target.broken = true;
      process.stderr.write(formatErrors(error, target.source).map((line) => `${line}\n`).join(""));
    }
  }
  const changed = new Set([...(await publish(files)), ...fixed]);
  return { files, changed: [...changed] };
}

function targetsOf(file) {
  const inSrc = file.startsWith(src + path.sep);
  switch (path.extname(file)) {
    case ".ts":
      return inSrc && !file.endsWith(".test.ts") ? ["script"] : [];
    case ".css":
      styles = undefined;
      return inSrc ? ["style"] : [];
    case ".svg":
    case ".png":
      return inSrc ? ["images"] : [];
    case ".templ":
      return ["style"];
    default:
      return [];
  }
}

const watchLimits = { ENOSPC: "fs.inotify.max_user_watches", EMFILE: "fs.inotify.max_user_instances" };

/** Calls onChange with every file that changes or appears in the folders, recursively. */
function watchFolders(folders, onChange) {
  const watched = new Map(); // a watch follows its folder when that is renamed, so it belongs to an inode
  const forget = (folder) => {
    for (const [known, { watcher }] of watched) {
      if (known === folder || known.startsWith(folder + path.sep)) {
        watcher.close();
        watched.delete(known);
      }
    }
  };
  const watchFolder = (folder, inode) => {
    try {
      const watcher = watch(folder, (_, name) => {
        if (name !== null) {
          onChange(path.join(folder, name));
          enter(folder);
        }
      });
      watcher.on("error", () => forget(folder));
      watched.set(folder, { watcher, inode });
      return true;
    } catch (error) {
      const limit = watchLimits[error.code];
      if (limit) {
        process.stderr.write(`web/build.mjs:1:1: changes in ${path.relative(root, folder)} are not noticed: this user cannot watch more folders (${limit}): raise it with sysctl\n`);
      }
      return false;
    }
  };
  const enter = (folder) => {
    const inode = statSync(folder, { throwIfNoEntry: false })?.ino;
    if (watched.get(folder)?.inode !== inode) {
      forget(folder); // it was removed, or another one has its name
    }
    if (inode === undefined || (!watched.has(folder) && !watchFolder(folder, inode))) {
      return;
    }
    const below = foldersIn(folder);
    for (const known of watched.keys()) {
      if (path.dirname(known) === folder && !below.includes(known)) {
        forget(known);
      }
    }
    for (const inner of below) {
      const before = watched.get(inner);
      enter(inner);
      if (watched.get(inner) !== before) {
        filesIn(inner).forEach(onChange);
      }
    }
  };
  folders.forEach(enter);
}

/** Returns the source folders in a folder; none if it was just removed. */
function foldersIn(folder) {
  return list(folder).filter(isSourceFolder).map((entry) => path.join(folder, entry.name));
}

function filesIn(folder) {
  return list(folder).map((entry) => path.join(folder, entry.name));
}

function list(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Debounces changes, because editors save in several steps, and runs one build at a time. */
function buildOnChange() {
  const pending = new Set(Object.keys(targets));
  let building = false;
  let timer;
  const run = async () => {
    if (building) {
      return;
    }
    building = true;
    while (pending.size > 0) {
      const names = [...pending];
      pending.clear();
      const { changed } = await build(names);
      if (changed.length > 0) {
        process.stdout.write(`assets: ${changed.join(" ")}\n`);
      }
    }
    building = false;
  };
  const folders = ["web", "features", "core", "cmd"].map((name) => path.join(root, name));
  watchFolders(folders, (file) => {
    targetsOf(file).forEach((name) => pending.add(name));
    clearTimeout(timer);
    timer = setTimeout(run, 15);
  });
  clearTimeout(timer);
  return run();
}

/** Exits when the parent process has exited. */
function exitWithParent() {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(0), 1000);
}

function checkSize(files) {
  const bytes = files.filter((file) => /\.(js|css)$/.test(file.asset)).reduce((sum, file) => sum + file.gz, 0);
  if (bytes > sizeLimit) {
    process.stderr.write(`web/src:1:1: script and style sheet are ${bytes} bytes compressed; the limit is ${sizeLimit}\n`);
    process.exitCode = 1;
  }
}

if (watching) {
  exitWithParent();
  await buildOnChange();
} else {
  const { files } = await build(Object.keys(targets));
  checkSize(files);
  if (Object.values(targets).some((target) => target.broken)) {
    process.exitCode = 1;
  }
  if (flags.has("--report")) {
    const rows = files.map(({ asset, content, gz, br }) => ({ asset, bytes: content.length, gz, br }));
    console.table(rows.sort((a, b) => b.bytes - a.bytes));
  }
  await scripts?.dispose();
}
