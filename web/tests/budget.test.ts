import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { build } from "vite";

const KIB = 1024;
const BUDGETS_KIB: Readonly<Record<string, number>> = { "join.html": 300, "index.html": 300, "sources.html": 300, "recordings.html": 300, "wall.html": 140, "console.html": 300 };

/** Everything a page loads before it can be used, gzip, in KiB. */
function firstLoadKib(dist: string, page: string): number {
  const html = readFileSync(join(dist, page), "utf8");
  const names = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? "");
  return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name))).length, 0) / KIB;
}

describe("first load", () => {
  const dist = mkdtempSync(join(tmpdir(), "huishang-web-"));

  beforeAll(async () => {
    // The test runner's own value would build React's development version, which nobody is sent.
    vi.stubEnv("NODE_ENV", "production");
    await build({
      root: join(import.meta.dirname, ".."),
      logLevel: "error",
      build: { outDir: dist, emptyOutDir: true },
    });
  }, 120_000);

  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(dist, { recursive: true, force: true });
  });

  it.each(Object.entries(BUDGETS_KIB))("%s stays within %i KiB", (page, budget) => {
    const kib = firstLoadKib(dist, page);
    expect(kib).toBeGreaterThan(50);
    expect(kib).toBeLessThanOrEqual(budget);
  });

  it("keeps every asset under a name with its content's hash", () => {
    const html = readFileSync(join(dist, "join.html"), "utf8");
    const names = [...html.matchAll(/\/assets\/([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect(name).toMatch(/-[A-Za-z0-9_-]{8}\.(js|css)$/);
  });
});
