import { readdir, readFile, writeFile } from "node:fs/promises";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Small copies beside the big files: the server hands them to browsers that take them, and compresses nothing itself. */
const compressed: Plugin = {
  name: "compressed-copies",
  apply: "build",
  async writeBundle({ dir }) {
    const assets = `${dir ?? "dist"}/assets`;
    for (const name of await readdir(assets)) {
      const content = await readFile(`${assets}/${name}`);
      if (content.length < 1024) continue;
      await writeFile(`${assets}/${name}.gz`, await promisify(gzip)(content, { level: 9 }));
      await writeFile(`${assets}/${name}.br`, await promisify(brotliCompress)(content));
    }
  },
};

export default defineConfig({
  base: "/",
  plugins: [react(), compressed],
  build: {
    target: "es2022",
    outDir: "dist",
    assetsDir: "assets",
    // The polyfill exists for browsers without module preload, which cannot run the rest either.
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        home: page("index.html"),
        join: page("join.html"),
        sources: page("sources.html"),
        recordings: page("recordings.html"),
        console: page("console.html"),
        wall: page("wall.html"),
      },
    },
  },
});
