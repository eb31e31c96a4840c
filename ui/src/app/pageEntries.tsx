import { IconSettings } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../api/queries";
import { openSections } from "../features/admin/sections";
import { LANGUAGES } from "./i18n";
import { open, openParts } from "./places";

export interface Entry {
  key: string;
  label: string;
  hint: string;
  /** Other words for it, in every language: whoever thinks of it by another name finds it, too. */
  also?: string;
  mark: ReactNode;
  go: () => void;
}

export const ICON = { size: 16, stroke: 1.6 };

/** Names of the same thing in every language, by their keys in the catalogue. */
export function useSynonyms(): (...keys: string[]) => string {
  const { i18n } = useTranslation();
  return (...keys) =>
    Object.keys(LANGUAGES)
      .flatMap((language) => keys.map((key) => i18n.getFixedT(language)(key)))
      .join(" ");
}

/** What navigation and settings hold. */
export function usePages(): Entry[] {
  const { t } = useTranslation();
  const also = useSynonyms();
  const may = useMay();
  const navigate = useNavigate();
  const places = open(may).map((place) => ({
    key: place.name,
    label: t(`nav.${place.name}`),
    hint: `g ${place.key}`,
    also: also(`nav.${place.name}`, `palette.also.${place.name}`),
    mark: <place.icon {...ICON} />,
    go: () => navigate({ to: place.to }),
  }));
  const sections = openSections(may).map((one) => ({
    key: one.name,
    label: t(`section.${one.name}`),
    hint: t("nav.settings"),
    also: also(`section.${one.name}`, `palette.also.${one.name}`),
    mark: <IconSettings {...ICON} />,
    go: () => navigate({ to: "/settings/$section", params: { section: one.name } }),
  }));
  return [...places, ...sections];
}

/** Pages inside those. */
export function useParts(): Entry[] {
  const { t } = useTranslation();
  const also = useSynonyms();
  const may = useMay();
  const navigate = useNavigate();
  return openParts(may).map((part) => ({
    key: part.name,
    label: t(part.label),
    hint: t(part.within),
    also: also(part.label, `palette.also.${part.name}`),
    mark: <part.icon {...ICON} />,
    go: () => navigate({ to: part.to, search: part.search ?? {} }),
  }));
}
