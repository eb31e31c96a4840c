import { ActionIcon, Tooltip } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Host } from "../api/client";
import { useMay } from "../api/queries";

/** A plain link, so that it also opens in a window of its own. */
function ToTerminal({ host, ...rest }: { host: number } & React.ComponentProps<"a">) {
  return <Link {...rest} to="/terminal" search={{ host }} preload="intent" />;
}

/** A shell on a host, in one click. */
export function OpenTerminal({ host }: { host: Host }) {
  const { t } = useTranslation();
  const may = useMay();
  if (!may("terminals.open")) return null;
  const label = t("terminal.on", { name: host.name });
  if (!host.enabled)
    return (
      <Tooltip label={t("terminal.hostOff")}>
        <ActionIcon variant="subtle" color="gray" className="row-action" aria-label={label} aria-disabled data-disabled>
          <IconTerminal2 size={16} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
    );
  return (
    <Tooltip label={label}>
      <ActionIcon
        component={ToTerminal}
        host={host.id}
        variant="subtle"
        color="gray"
        className="row-action"
        aria-label={label}
        data-terminal
      >
        <IconTerminal2 size={16} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
