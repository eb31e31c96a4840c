import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const controller = `http://127.0.0.1:${process.env.MOORLINE_PORT ?? process.env.PORT ?? "8420"}`;

export default defineConfig({
  plugins: [react()],
  // the Host header stays as the browser sent it: the controller compares it with Origin
  server: { proxy: { "/api": { target: controller, ws: true } } },
  // browsers that know light-dark(): what replaces it for older ones does not follow the page's own switch
  build: { target: ["chrome123", "firefox121", "safari17.5"], sourcemap: false, chunkSizeWarningLimit: 900 },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
