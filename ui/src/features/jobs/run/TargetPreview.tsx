import { Alert, Anchor, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { HostState } from "../../../api/client";
import { useSentence } from "../../../parts/Notices";
import { StateMark } from "../../../parts/StateBadge";
import type { Resolved } from "./useResolved";

const SHOWN = 40;

/** On which hosts it would run, as the controller says now. */
export function TargetPreview({ resolved }: { resolved: Resolved }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [all, setAll] = useState(false);
  const { hosts, leftOut, error, waiting, empty } = resolved;
  if (empty)
    return (
      <Text size="sm" c="dimmed" role="status">
        {t("targets.none")}
      </Text>
    );
  if (error)
    return (
      <Alert color="red" role="alert">
        <Text size="sm">{sentence(error)}</Text>
      </Alert>
    );
  if (!hosts) return <Skeleton height={28} aria-busy />;
  const shown = all ? hosts : hosts.slice(0, SHOWN);
  const away = hosts.filter((host) => host.state !== "up").length;
  return (
    <Stack gap={6} style={{ opacity: waiting ? 0.6 : 1 }}>
      <Text size="sm" role="status" data-resolved={hosts.length}>
        {hosts.length === 0 ? t("targets.nobody") : t("targets.resolved", { count: hosts.length })}
        {away > 0 && (
          <Text span size="sm" c="var(--state-warn)" ml={8}>
            {t("targets.away", { count: away })}
          </Text>
        )}
      </Text>
      <div className="host-chips">
        {shown.map((host) => (
          <span key={host.id} className="host-chip" data-target={host.name}>
            <StateMark state={host.state as HostState} size={10} />
            {host.name}
          </span>
        ))}
        {hosts.length > shown.length && (
          <Anchor component="button" type="button" size="xs" onClick={() => setAll(true)}>
            {t("job.andOthers", { count: hosts.length - shown.length })}
          </Anchor>
        )}
      </div>
      {leftOut.length > 0 && (
        <Group gap={6}>
          <Text size="sm" c="var(--state-warn)">
            {t("targets.leftOut", { names: leftOut.map((one) => `${one.name} (${one.why})`).join(", ") })}
          </Text>
        </Group>
      )}
    </Stack>
  );
}
