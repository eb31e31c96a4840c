import { Stack, Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { useKeys } from "../app/keys";
import { useChosenInView } from "./chosen";

interface Props<Name extends string> {
  names: readonly Name[];
  tab: Name;
  label: (name: Name) => string;
  onOpen: (name: Name) => void;
  /** To the right of the strip. */
  beside?: ReactNode;
  /** What the open tab shows. */
  children: ReactNode;
}

/** A strip of tabs, which [ and ] step through, and the panel of the one that is open. */
export function PageTabs<Name extends string>({ names, tab, label, onOpen, beside, children }: Props<Name>) {
  const strip = useChosenInView(tab);
  const step = (by: number) => onOpen(names[(names.indexOf(tab) + by + names.length) % names.length] as Name);
  useKeys({ "[": () => step(-1), "]": () => step(1) });
  return (
    <Tabs value={tab} onChange={(next) => onOpen(next as Name)} keepMounted={false}>
      <Stack gap="sm">
        <div className="host-bar">
          <div className="scroll-x" ref={strip}>
            <Tabs.List style={{ flexWrap: "nowrap" }}>
              {names.map((name) => (
                // a tab that is shut has no panel to point at
                <Tabs.Tab key={name} value={name} {...(name !== tab && { "aria-controls": undefined })}>
                  {label(name)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
          </div>
          {beside}
        </div>
        <Tabs.Panel value={tab}>
          <Stack gap="sm">{children}</Stack>
        </Tabs.Panel>
      </Stack>
    </Tabs>
  );
}
