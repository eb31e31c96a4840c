import { useTranslation } from "react-i18next";
import { ago, duration, exact } from "../format/units";
import { useNow } from "../live/hooks";

/** A moment, relative; the exact one on hover. */
export function When({ at }: { at: string | null | undefined }) {
  const { i18n } = useTranslation();
  const now = useNow();
  return <span title={exact(at, i18n.language)}>{ago(at, i18n.language, now)}</span>;
}

/** How long something has been so, in its largest unit; since when exactly on hover. */
export function Since({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const now = useNow();
  return <span title={exact(at, i18n.language)}>{duration((now - Date.parse(at)) / 1000, i18n.language, 1)}</span>;
}
