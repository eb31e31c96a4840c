import { Collapse, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";

interface FoldedProps {
  label: string;
  /** Opens it, such as for something inside that is wrong. */
  open?: boolean;
  children: ReactNode;
}

/** What is needed now and then. */
export function Folded({ label, open = false, children }: FoldedProps) {
  const [shown, setShown] = useState(open);
  useEffect(() => {
    if (open) setShown(true);
  }, [open]);
  const Arrow = shown ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <UnstyledButton className="facts-toggle" aria-expanded={shown} onClick={() => setShown(!shown)}>
        <Arrow size={14} /> {label}
      </UnstyledButton>
      <Collapse expanded={shown} transitionDuration={0}>
        <div style={{ paddingTop: 8 }}>{shown && children}</div>
      </Collapse>
    </div>
  );
}
