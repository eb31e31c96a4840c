import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Confirm } from "./Confirm";

/** Asks before unsaved changes are left behind, also by closing the tab. `is`: whether there are any now. */
export function Guard({ is }: { is: () => boolean }) {
  const { t } = useTranslation();
  const blocker = useBlocker({ shouldBlockFn: is, enableBeforeUnload: is, withResolver: true });
  if (blocker.status !== "blocked") return null;
  return (
    <Confirm
      title={t("leave.title")}
      action={t("leave.action")}
      onClose={blocker.reset}
      onConfirm={async () => blocker.proceed()}
    >
      {t("leave.text")}
    </Confirm>
  );
}
