import { Anchor, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useFleet } from "../../../live/hooks";
import type { BecomeWish, PreviewHost } from "../types";

interface NeedsRootProps {
  /** Where it will run, as far as that is known. */
  hosts: readonly PreviewHost[] | null;
  become: BecomeWish | null;
  /** Root is chosen once by itself where a login is another account; what somebody chooses after stays. */
  byItself?: boolean;
  onBecome: () => void;
}

const ROOT = "root";

/** Says that the steps need root where hosts are logged in to as another account. */
export function NeedsRoot({ hosts, become, byItself = false, onBecome }: NeedsRootProps) {
  const { t } = useTranslation();
  const fleet = useFleet().hosts;
  const done = useRef(become !== null);
  const count = (hosts ?? []).filter((one) => (fleet.get(one.id)?.username ?? ROOT) !== ROOT).length;
  const root = become?.user === ROOT;
  useEffect(() => {
    if (!byItself || done.current || count === 0) return;
    done.current = true;
    onBecome();
  }, [byItself, count, onBecome]);
  if (count === 0) return null;
  return (
    <Text size="sm" c={root ? "dimmed" : "var(--state-warn)"} role="status" data-needs-root={count}>
      {t(root ? "init.asRoot" : "init.needsRoot", { count })}{" "}
      {!root && (
        <Anchor component="button" type="button" size="sm" onClick={onBecome}>
          {t("init.becomeRoot")}
        </Anchor>
      )}
    </Text>
  );
}
