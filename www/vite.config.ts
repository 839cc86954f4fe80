import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that the dashboard works under any path of whatever serves it.
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0 },
});
