import { ActionIcon, Text, VisuallyHidden } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { useDiscreet } from "../../app/preferences";
import { stamp } from "../../format/units";
import { useDeedWords } from "./deeds";

type Entry = Schemas["AuditView"];

export function AuditTable({ rows }: { rows: Entry[] }) {
  const { t } = useTranslation();
  return (
    <table className="grid-table stacking audit-table">
      <thead>
        <tr>
          <th>{t("event.at")}</th>
          <th>{t("audit.actor")}</th>
          <th>{t("audit.action")}</th>
          <th>{t("audit.object")}</th>
          <th>{t("audit.address")}</th>
          <th>
            <VisuallyHidden>{t("event.detail")}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row }: { row: Entry }) {
  const { t, i18n } = useTranslation();
  const { deed, kind } = useDeedWords();
  const discreet = useDiscreet();
  const [open, setOpen] = useState(false);
  const more = Object.keys(row.detail).length > 0;
  const at = stamp(row.at, i18n.language);
  return (
    <Fragment>
      <tr>
        <td className="when">{at}</td>
        <td data-label={t("audit.actor")}>
          <Actor actor={row.actor} />
        </td>
        <td data-label={t("audit.action")} title={row.action}>
          {deed(row.action)}
        </td>
        <td data-label={t("audit.object")}>
          <span>
            {row.object.name}{" "}
            <Text span size="xs" c="dimmed">
              {kind(row.object.kind)}
            </Text>
          </span>
        </td>
        <td data-label={t("audit.address")} className="mono">
          {discreet(row.address || "–")}
        </td>
        <td className="stick-right">
          <span className="row-actions">
            {more && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size={28}
                aria-expanded={open}
                aria-label={t("audit.detailOf", { deed: deed(row.action), at })}
                onClick={() => setOpen(!open)}
              >
                {open ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
              </ActionIcon>
            )}
          </span>
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={6} className="audit-detail">
            <Detail detail={row.detail} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

function Actor({ actor }: { actor: Entry["actor"] }) {
  const { t } = useTranslation();
  if (actor.kind === "system") {
    const known = actor.name === "anonymous" || actor.name === "system";
    return (
      <Text c="dimmed" size="sm">
        {known ? t(`audit.${actor.name}`) : actor.name}
      </Text>
    );
  }
  return (
    <span>
      {actor.name}{" "}
      {actor.kind === "token" && (
        <Text span size="xs" c="dimmed">
          {t("audit.token")}
        </Text>
      )}
    </span>
  );
}

const said = (value: unknown): string => {
  if (value === null || value === "") return "–";
  if (Array.isArray(value)) return value.map(said).join(", ") || "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

function Detail({ detail }: { detail: Record<string, unknown> }) {
  return (
    <dl className="facts-list mono">
      {Object.entries(detail).map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{said(value)}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
