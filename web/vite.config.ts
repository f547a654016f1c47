import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  base: "/",
  plugins: [react()],
  build: {
    target: "es2022",
    outDir: "dist",
    assetsDir: "assets",
    // The polyfill exists for browsers without module preload, which cannot run the rest either.
    modulePreload: { polyfill: false },
    rollupOptions: { input: { home: page("index.html"), join: page("join.html") } },
  },
});
