import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const controller = `http://127.0.0.1:${process.env.MOORLINE_PORT ?? process.env.PORT ?? "8420"}`;

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/api": { target: controller, ws: true, changeOrigin: true } } },
  build: { target: "es2022", sourcemap: false, chunkSizeWarningLimit: 900 },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
