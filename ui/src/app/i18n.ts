import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;
const KEY = "moorline.language";

/** The catalogue of a language: one file per feature, their sections side by side. */
const EN = import.meta.glob<object>("../locales/en/*.json", { eager: true, import: "default" });
const ZH = import.meta.glob<object>("../locales/zh-CN/*.json", { eager: true, import: "default" });
const merged = (files: Record<string, object>): object => Object.assign({}, ...Object.values(files));

export const isLanguage = (value: unknown): value is Language => typeof value === "string" && value in LANGUAGES;

function preferred(): Language {
  const kept = localStorage.getItem(KEY);
  if (isLanguage(kept)) return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

i18next.use(initReactI18next).init({
  resources: { en: { translation: merged(EN) }, "zh-CN": { translation: merged(ZH) } },
  lng: preferred(),
  fallbackLng: "en",
  interpolation: { escapeValue: false },
  returnNull: false,
});
document.documentElement.lang = i18next.language;

export function setLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  document.documentElement.lang = language;
  i18next.changeLanguage(language);
}
