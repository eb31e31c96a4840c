import { ActionIcon, Code, CopyButton, Group, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useDiscreet } from "../app/preferences";

interface CopyableProps {
  value: string;
  /** What it is, for those who do not see it. */
  label: string;
  /** As a part of a line rather than in a box. */
  quiet?: boolean;
  /** Not an address or a fingerprint: stays on a screen that is shared. */
  open?: boolean;
}

/** An address, a fingerprint or a command, with the button that copies it. */
export function Copyable({ value, label, quiet = false, open = false }: CopyableProps) {
  const { t } = useTranslation();
  const discreet = useDiscreet();
  const shown = open ? value : discreet(value);
  return (
    <Group gap={2} wrap="nowrap" align="center" style={{ minWidth: 0 }}>
      {quiet ? <span className="mono quiet">{shown}</span> : <Code className="mono">{shown}</Code>}
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Tooltip label={t(copied ? "action.copied" : "action.copy")} openDelay={0}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={24}
              className="copy-button"
              onClick={copy}
              aria-label={t("action.copyOf", { what: label })}
            >
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} stroke={1.6} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
