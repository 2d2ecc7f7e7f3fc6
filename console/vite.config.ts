import { defineConfig } from "vite";

const server = process.env.MAINSIGHT_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  build: {
    outDir: "../api/static",
    emptyOutDir: true,
    // Pictures stay files, so that the server's content policy needs no data: addresses.
    assetsInlineLimit: 0,
    // light-dark() is kept as it is: styles/tokens.css is written with it.
    cssTarget: ["chrome123", "safari17.5", "firefox120"],
  },
  server: {
    proxy: { "/api": server, "/runbooks": server },
  },
});
