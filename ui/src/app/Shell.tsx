import { AppShell, Group, Kbd, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure, useHotkeys, useLocalStorage } from "@mantine/hooks";
import { IconPlugConnectedX, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { meQuery, useMay } from "../api/queries";
import { problems } from "../features/fleet/order";
import { useFeedStatus, useFleet } from "../live/hooks";
import { Empty } from "../parts/Notices";
import { useProblemCount } from "../parts/title";
import { useGoKeys, useKeys } from "./keys";
import { BottomNavigation, SideNavigation } from "./Navigation";
import { Palette } from "./Palette";
import { open } from "./places";
import { useKeptPreferences } from "./preferences";
import { Shortcuts } from "./Shortcuts";
import { Tools } from "./Tools";

const TransferDock = lazy(() => import("../features/files/Transfers").then((all) => ({ default: all.TransferDock })));
const WIDE = 200;
const NARROW = 56;
/** How soon a page opens by itself after an administrator has given rights. */
const ASK_AGAIN_MS = 15_000;

/** Everything around a page for who is logged in. */
export function Shell() {
  const { t } = useTranslation();
  const [paletteOpen, palette] = useDisclosure(false);
  const [helpOpen, help] = useDisclosure(false);
  const [narrow, setNarrow] = useLocalStorage({
    key: "moorline.narrow",
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const navigate = useNavigate();
  const may = useMay();
  const { hosts } = useFleet();
  const troubled = useMemo(() => problems(hosts.values()), [hosts]);
  useProblemCount(troubled.length);
  useKeptPreferences();
  useHotkeys([["mod+K", palette.toggle]], [], true);
  useKeys({
    "?": help.open,
    "/": () => {
      const field = document.querySelector<HTMLInputElement>("[data-search]");
      if (field) field.select();
      else palette.open();
      field?.focus();
    },
  });
  useGoKeys((key) => {
    const place = open(may).find((one) => one.key === key);
    if (place) navigate({ to: place.to });
  });
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: narrow ? NARROW : WIDE, breakpoint: "sm", collapsed: { mobile: true } }}
      footer={{ height: { base: 56, sm: 0 } }}
      padding={{ base: "sm", sm: "md" }}
      transitionDuration={0}
    >
      <a href="#content" className="skip-link">
        {t("nav.skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap">
          <Link to="/" className="plain-link">
            <Group gap={8} wrap="nowrap">
              <img src="/icon.svg" width={24} height={24} alt="" />
              <Text fw={600} fz="md">
                Moorline
              </Text>
            </Group>
          </Link>
          <UnstyledButton onClick={palette.open} className="palette-button wide-only">
            <IconSearch size={15} stroke={1.6} />
            <Text span size="sm" c="dimmed" style={{ flex: 1 }}>
              {t("palette.open")}
            </Text>
            <Kbd size="xs">{/Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ K" : "Ctrl K"}</Kbd>
          </UnstyledButton>
          <Tools troubled={troubled} onHelp={help.open} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p={8} aria-label={t("nav.main")}>
        <SideNavigation narrow={narrow} onToggle={() => setNarrow(!narrow)} />
      </AppShell.Navbar>
      <AppShell.Main id="content">
        <ConnectionBanner />
        <Content />
      </AppShell.Main>
      {may("files.read") && (
        <Suspense>
          <TransferDock />
        </Suspense>
      )}
      <AppShell.Footer hiddenFrom="sm">
        <BottomNavigation onPalette={palette.open} />
      </AppShell.Footer>
      <Palette opened={paletteOpen} onClose={palette.close} onHelp={help.open} />
      <Shortcuts opened={helpOpen} onClose={help.close} />
    </AppShell>
  );
}

/** Somebody without any right is told so, rather than shown empty pages. */
function Content() {
  const { t } = useTranslation();
  const may = useMay();
  const blind = !may("hosts.read");
  const { data: me } = useQuery({ ...meQuery, refetchInterval: blind ? ASK_AGAIN_MS : false });
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (!me || !blind || path === "/profile") return <Outlet />;
  return (
    <div className="card">
      <Empty title={t("failure.waitTitle", { name: me.username })}>{t("failure.waitText")}</Empty>
    </div>
  );
}

function ConnectionBanner() {
  const { t } = useTranslation();
  const status = useFeedStatus();
  if (status !== "lost") return null;
  return (
    <Group gap={8} mb="sm" px="sm" py={6} className="card" role="status" wrap="nowrap">
      <IconPlugConnectedX size={16} stroke={1.6} style={{ flex: "none" }} />
      <Text size="sm">{t("live.lost")}</Text>
    </Group>
  );
}
