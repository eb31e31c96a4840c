import { Button, Select, Text } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { useFleet } from "../../live/hooks";
import { Empty, Rows } from "../../parts/Notices";
import { Page } from "../../parts/Page";
import { StateBadge } from "../../parts/StateBadge";
import { Browser } from "./Browser";
import { useTransfers, useTransfersOpen } from "./Transfers";

const route = getRouteApi("/inside/files");
const byName = (a: Host, b: Host) => a.name.localeCompare(b.name, undefined, { numeric: true });

/** The files of one host; without one in the address, of which. */
export function FilesPage() {
  const { t } = useTranslation();
  const { host: hostId } = route.useSearch();
  const navigate = route.useNavigate();
  const { hosts, loaded } = useFleet();
  const host = hostId === undefined ? undefined : hosts.get(hostId);
  const choices = [...hosts.values()].sort(byName);
  if (!loaded)
    return (
      <Page title={t("nav.files")}>
        <div className="card">
          <Rows count={10} />
        </div>
      </Page>
    );
  return (
    <Page
      title={t("nav.files")}
      actions={
        <>
          {hostId !== undefined && (
            <Select
              aria-label={t("files.host")}
              w={200}
              searchable
              allowDeselect={false}
              placeholder={t("files.host")}
              data={choices.map((one) => ({ value: String(one.id), label: one.name }))}
              value={host ? String(host.id) : null}
              onChange={(next) => next && navigate({ search: { host: Number(next) } })}
            />
          )}
          <DockButton />
        </>
      }
    >
      {hostId === undefined ? (
        <Hosts hosts={choices} />
      ) : host === undefined ? (
        <div className="card">
          <Empty title={t("host.missing")}>{t("host.missingText")}</Empty>
        </div>
      ) : host.state !== "up" ? (
        <div className="card">
          <Empty title={t("process.hostDown")} action={<StateBadge state={host.state} />}>
            {t("files.hostDownText", { name: host.name })}
          </Empty>
        </div>
      ) : (
        <Browser key={host.id} host={host} />
      )}
    </Page>
  );
}

function DockButton() {
  const { t } = useTranslation();
  const { active } = useTransfers();
  const [open, setOpen] = useTransfersOpen();
  return (
    <Button variant={open ? "light" : "default"} aria-expanded={open} onClick={() => setOpen(!open)}>
      {active ? t("transfer.active", { count: active }) : t("transfer.title")}
    </Button>
  );
}

function Hosts({ hosts }: { hosts: readonly Host[] }) {
  const { t } = useTranslation();
  if (hosts.length === 0)
    return (
      <div className="card">
        <Empty title={t("files.noHosts")}>{t("files.noHostsText")}</Empty>
      </div>
    );
  return (
    <div className="card">
      <Text size="sm" c="dimmed" px="sm" pt="sm">
        {t("files.choose")}
      </Text>
      <div className="host-choice">
        {hosts.map((host) => (
          <Link
            key={host.id}
            to="/files"
            search={{ host: host.id }}
            className="plain-link host-choice-one"
            data-host={host.id}
          >
            <Text span size="sm" fw={550} truncate>
              {host.name}
            </Text>
            <StateBadge state={host.state} />
          </Link>
        ))}
      </div>
    </div>
  );
}
