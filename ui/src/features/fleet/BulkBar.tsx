import { Button, Group, List, MultiSelect, Popover, Stack, TagsInput, Text } from "@mantine/core";
import {
  IconCommand,
  IconPlayerPause,
  IconPlayerPlay,
  IconTag,
  IconTerminal2,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Host } from "../../api/client";
import { groupsQuery, tagsQuery, useMay } from "../../api/queries";
import { Confirm } from "../../parts/Confirm";
import { WhyButton } from "../../parts/WhyButton";
import { useHostDeeds } from "./deeds";

const NAMED = 8;
const MOST_TERMINALS = 40;

/** What can be done to the selected hosts. */
export function BulkBar({ hosts, onDone }: { hosts: readonly Host[]; onDone: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { apply, attempt } = useHostDeeds();
  const [deleting, setDeleting] = useState(false);
  const off = hosts.filter((host) => !host.enabled).length;
  return (
    <Group gap="xs" className="card bulk-bar" px="sm" py={8} role="toolbar" aria-label={t("bulk.label")}>
      <Text size="sm" fw={550} mr={4}>
        {t("bulk.selected", { count: hosts.length })}
      </Text>
      <WhyButton
        size="xs"
        variant="default"
        leftSection={<IconPlayerPlay size={14} />}
        why={off === 0 ? t("bulk.allEnabled") : undefined}
        onClick={() => attempt(hosts, "enable")}
      >
        {t("host.enable")}
      </WhyButton>
      <WhyButton
        size="xs"
        variant="default"
        leftSection={<IconPlayerPause size={14} />}
        why={off === hosts.length ? t("bulk.allDisabled") : undefined}
        onClick={() => attempt(hosts, "disable")}
      >
        {t("host.disable")}
      </WhyButton>
      {may("terminals.open") && (
        <WhyButton
          size="xs"
          variant="default"
          leftSection={<IconTerminal2 size={14} />}
          why={hosts.length > MOST_TERMINALS ? t("terminal.tooMany", { count: MOST_TERMINALS }) : undefined}
          onClick={() => navigate({ to: "/terminal", search: { hosts: hosts.map((host) => host.id) } })}
        >
          {t("nav.terminal")}
        </WhyButton>
      )}
      {may("jobs.run") && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconCommand size={14} />}
          onClick={() => navigate({ to: "/run", search: { host: hosts.map((host) => host.id) } })}
        >
          {t("run.onThese")}
        </Button>
      )}
      {may("hosts.write") && (
        <>
          <Labels hosts={hosts} />
          <Button
            size="xs"
            variant="default"
            c="var(--mantine-color-error)"
            leftSection={<IconTrash size={14} />}
            onClick={() => setDeleting(true)}
          >
            {t("action.delete")}
          </Button>
        </>
      )}
      <Button size="xs" variant="subtle" leftSection={<IconX size={14} />} onClick={onDone}>
        {t("bulk.clear")}
      </Button>
      {deleting && (
        <Confirm
          title={t("bulk.deleteTitle", { count: hosts.length })}
          action={t("action.delete")}
          word={hosts.length === 1 ? hosts[0]?.name : String(hosts.length)}
          onClose={() => setDeleting(false)}
          onConfirm={() => apply(hosts, "delete").then(onDone)}
        >
          {t("host.deleteText")}
          <Names hosts={hosts} />
        </Confirm>
      )}
    </Group>
  );
}

function Names({ hosts }: { hosts: readonly Host[] }) {
  const { t } = useTranslation();
  const more = hosts.length - NAMED;
  return (
    <List size="sm" mt={8} component="ul">
      {hosts.slice(0, NAMED).map((host) => (
        <List.Item key={host.id}>{host.name}</List.Item>
      ))}
      {more > 0 && <List.Item>{t("bulk.andMore", { count: more })}</List.Item>}
    </List>
  );
}

/** Tags and groups to give to the hosts, or to take from them. */
function Labels({ hosts }: { hosts: readonly Host[] }) {
  const { t } = useTranslation();
  const { data: groups } = useQuery(groupsQuery);
  const { data: known } = useQuery(tagsQuery);
  const { attempt } = useHostDeeds();
  const [open, setOpen] = useState(false);
  const [tags, setTags] = useState<string[]>([]);
  const [groupIds, setGroupIds] = useState<string[]>([]);
  const why = tags.length || groupIds.length ? undefined : t("bulk.noLabels");
  const go = async (way: "add" | "remove") => {
    setOpen(false);
    if (tags.length) await attempt(hosts, `${way}_tags`, { tags });
    if (groupIds.length) await attempt(hosts, `${way}_groups`, { group_ids: groupIds.map(Number) });
    setTags([]);
    setGroupIds([]);
  };
  return (
    <Popover opened={open} onChange={setOpen} trapFocus position="bottom-start" width={280}>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconTag size={14} />} onClick={() => setOpen(!open)}>
          {t("bulk.labels")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <TagsInput
            label={t("form.tags")}
            size="sm"
            comboboxProps={{ withinPortal: false }}
            data={(known?.items ?? []).map((tag) => tag.name)}
            value={tags}
            onChange={setTags}
          />
          <MultiSelect
            label={t("form.groups")}
            size="sm"
            comboboxProps={{ withinPortal: false }}
            data={(groups?.items ?? []).map((group) => ({ value: String(group.id), label: group.name }))}
            value={groupIds}
            onChange={setGroupIds}
          />
          <Group gap="xs" justify="flex-end">
            <WhyButton size="xs" variant="default" why={why} onClick={() => go("remove")}>
              {t("bulk.take")}
            </WhyButton>
            <WhyButton size="xs" why={why} onClick={() => go("add")}>
              {t("bulk.give")}
            </WhyButton>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
