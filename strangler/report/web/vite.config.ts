import { defineConfig } from "vitest/config";

// One classic script and one style under fixed names: strangler.report.page puts both into one HTML file and names
// their hashes in its content security policy.
export default defineConfig({
  resolve: { alias: { "d3-transition": "/src/canvas/no_transition.ts", "d3-interpolate": "/src/canvas/no_transition.ts" } },
  build: {
    outDir: "../bundle",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: {
      input: "src/main.tsx",
      output: { format: "iife", entryFileNames: "app.js", assetFileNames: "app.[ext]" },
    },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
