// Checks AsyncAPI documents, and the schemas in them, with the official parser.
// It is a separate package, because the parser has more dependencies than the
// browser code and its tests together: only `./task check:asyncapi` installs it.
//
//     node validate.mjs docs/asyncapi.gen.json
//
// It prints a line for each mistake, and exits with 1 if there are any.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: node validate.mjs FILE…");
  process.exit(2);
}

const error = 0; // the severity of mistakes, as opposed to warnings

for (const file of files) {
  const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"), { source: file });
  const mistakes = diagnostics.filter((d) => d.severity === error);
  for (const mistake of mistakes) {
    const { line, character } = mistake.range.start;
    console.log(`${file}:${line + 1}:${character + 1}: ${mistake.message} (${mistake.code})`);
  }
  if (mistakes.length > 0 || !document) {
    process.exitCode = 1;
    continue;
  }
  const channels = document.channels().all().length;
  const operations = document.operations().all().length;
  console.log(`${file}: AsyncAPI ${document.version()}, ${channels} channels, ${operations} operations, no mistakes`);
}
