// Runs the tests of src with Node's test runner. Each *.test.ts is bundled; tests
// use a linkedom document in place of a browser.

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";

const web = path.dirname(fileURLToPath(import.meta.url));
const src = path.join(web, "src");
const tests = (await readdir(src)).filter((name) => name.endsWith(".test.ts"));
const outdir = await mkdtemp(path.join(web, "node_modules", ".pergola-tests-"));
try {
  await esbuild.build({
    entryPoints: tests.map((name) => path.join(src, name)),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const files = tests.map((name) => path.join(outdir, name.replace(/\.ts$/, ".mjs")));
  const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=spec", ...files], { stdio: "inherit", cwd: web, env: { ...process.env, TZ: "Europe/Athens" } });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(outdir, { recursive: true, force: true });
}
