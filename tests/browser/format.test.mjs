// How the dashboard writes numbers, without a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { transform } from "esbuild";

const source = await readFile(new URL("../../www/src/format.ts", import.meta.url), "utf8");
const { code } = await transform(source, { loader: "ts", format: "esm" });
const { rate } = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);

test("a rate has a decimal unless that is a zero", () => {
  const rates = [0, 0.04, 0.4, 0.96, 1, 1.04, 1.25, 9.99, 12_345].map(rate);
  assert.deepEqual(rates, ["0", "0", "0.4", "1", "1", "1", "1.3", "10", "12.3K"]);
});
