import { useTranslation } from "react-i18next";
import { ago, exact } from "../format/units";
import { useNow } from "../live/hooks";

/** A moment, relative; the exact one on hover. */
export function When({ at }: { at: string | null | undefined }) {
  const { i18n } = useTranslation();
  const now = useNow();
  return <span title={exact(at, i18n.language)}>{ago(at, i18n.language, now)}</span>;
}
