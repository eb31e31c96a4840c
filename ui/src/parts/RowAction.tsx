import { ActionIcon, Tooltip } from "@mantine/core";
import type { IconProps } from "@tabler/icons-react";
import type { ComponentType } from "react";

interface RowActionProps {
  icon: ComponentType<IconProps>;
  /** What it does ("Edit") and to what ("web-1"). */
  label: string;
  of: string;
  harm?: boolean;
  /** Why it cannot be pressed now; nothing when it can. */
  why?: string;
  onClick: () => void;
}

/** One thing that can be done to a row. What cannot be pressed stays reachable and says why. */
export function RowAction({ icon: Icon, label, of, harm = false, why, onClick }: RowActionProps) {
  return (
    <Tooltip label={why ?? label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={28}
        className="row-action"
        data-harm={harm || undefined}
        aria-label={`${label}: ${of}`}
        aria-disabled={why !== undefined}
        data-disabled={why !== undefined || undefined}
        onClick={() => why === undefined && onClick()}
      >
        <Icon size={16} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
