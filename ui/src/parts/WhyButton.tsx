import { Button, type ButtonProps, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";

interface WhyButtonProps extends ButtonProps {
  /** Why it cannot be pressed now; nothing when it can. */
  why?: string;
  type?: "button" | "submit";
  onClick?: () => void;
  children: ReactNode;
}

/** A button that, while it cannot be pressed, stays reachable and says why. */
export function WhyButton({ why, type = "button", onClick, children, ...rest }: WhyButtonProps) {
  const held = why !== undefined;
  return (
    <Tooltip label={why} disabled={!held} openDelay={0} events={{ hover: true, focus: true, touch: true }}>
      <Button
        {...rest}
        type={type}
        aria-disabled={held || undefined}
        data-disabled={held || undefined}
        onClick={(event) => {
          if (held) event.preventDefault();
          else onClick?.();
        }}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
