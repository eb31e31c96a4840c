import type { ITheme } from "@xterm/xterm";

const DARK: ITheme = {
  background: "#0f1316",
  foreground: "#d5dde2",
  cursor: "#79bac9",
  cursorAccent: "#0f1316",
  selectionBackground: "#2b5561",
  black: "#263139",
  red: "#ff6b70",
  green: "#4cc38a",
  yellow: "#f0c05a",
  blue: "#5ea9ff",
  magenta: "#c79bff",
  cyan: "#52c3d6",
  white: "#c8d2d8",
  brightBlack: "#7d8b94",
  brightRed: "#ff9396",
  brightGreen: "#7fdcae",
  brightYellow: "#ffd98a",
  brightBlue: "#8dc4ff",
  brightMagenta: "#dcbfff",
  brightCyan: "#86dfec",
  brightWhite: "#f4f8fa",
};

const LIGHT: ITheme = {
  background: "#ffffff",
  foreground: "#1a2226",
  cursor: "#0c7489",
  cursorAccent: "#ffffff",
  selectionBackground: "#bfe0e8",
  black: "#1a2226",
  red: "#b3261e",
  green: "#0f6b4c",
  yellow: "#7a5200",
  blue: "#0a58b0",
  magenta: "#7a2fa8",
  cyan: "#0a6676",
  white: "#5d6b73",
  brightBlack: "#6b7881",
  brightRed: "#c62a2f",
  brightGreen: "#12805c",
  brightYellow: "#8a5a00",
  brightBlue: "#006adc",
  brightMagenta: "#8e3fbd",
  brightCyan: "#0c7489",
  brightWhite: "#3a454b",
};

const SAND: ITheme = {
  background: "#282420",
  foreground: "#e4d8c4",
  cursor: "#e0a458",
  cursorAccent: "#282420",
  selectionBackground: "#57493a",
  black: "#3a342e",
  red: "#f2816d",
  green: "#a9c26a",
  yellow: "#e6b95c",
  blue: "#88b4d6",
  magenta: "#d29bc0",
  cyan: "#84c4b4",
  white: "#d6c9b4",
  brightBlack: "#93866f",
  brightRed: "#ffa493",
  brightGreen: "#c6dd8d",
  brightYellow: "#f8d488",
  brightBlue: "#abcfeb",
  brightMagenta: "#e8bcd9",
  brightCyan: "#a7dfd1",
  brightWhite: "#f7eedf",
};

const CONTRAST: ITheme = {
  background: "#000000",
  foreground: "#ffffff",
  cursor: "#ffff00",
  cursorAccent: "#000000",
  selectionBackground: "#0050a0",
  black: "#000000",
  red: "#ff6060",
  green: "#40ff40",
  yellow: "#ffff40",
  blue: "#7aa8ff",
  magenta: "#ff80ff",
  cyan: "#40ffff",
  white: "#ffffff",
  brightBlack: "#a0a0a0",
  brightRed: "#ff9090",
  brightGreen: "#90ff90",
  brightYellow: "#ffff90",
  brightBlue: "#a8c6ff",
  brightMagenta: "#ffb0ff",
  brightCyan: "#90ffff",
  brightWhite: "#ffffff",
};

export const THEMES = ["page", "dark", "light", "sand", "contrast"] as const;
export type ThemeName = (typeof THEMES)[number];

/** The colours of a terminal; "page" follows the page. */
export function themeOf(name: ThemeName, pageIsDark: boolean): ITheme {
  if (name === "sand") return SAND;
  if (name === "contrast") return CONTRAST;
  return name === "dark" || (name === "page" && pageIsDark) ? DARK : LIGHT;
}
