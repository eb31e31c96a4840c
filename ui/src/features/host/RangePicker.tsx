import { Button, Group, Popover, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { IconCalendar, IconZoomReset } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type HostSearch, RANGES, type Range } from "./search";

/** A moment as the browser's own date field writes it, in the reader's zone. */
function local(seconds: number): string {
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function RangePicker({ search, onChange }: { search: HostSearch; onChange: (next: HostSearch) => void }) {
  const { t } = useTranslation();
  const custom = search.from !== undefined;
  return (
    <Group gap="xs">
      <SegmentedControl
        size="xs"
        aria-label={t("range.label")}
        value={custom ? "" : (search.range ?? "live")}
        onChange={(range) => onChange({ range: range === "live" ? undefined : (range as Range) })}
        data={Object.keys(RANGES).map((range) => ({ value: range, label: t(`range.${range}`) }))}
      />
      <Custom search={search} onChange={onChange} />
      {custom && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconZoomReset size={14} />}
          onClick={() => onChange({ range: search.range })}
        >
          {t("range.reset")}
        </Button>
      )}
    </Group>
  );
}

function Custom({ search, onChange }: { search: HostSearch; onChange: (next: HostSearch) => void }) {
  const { t } = useTranslation();
  const now = Date.now() / 1000;
  const [open, setOpen] = useState(false);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const start = Date.parse(from) / 1000;
  const end = Date.parse(to) / 1000;
  const wrong = !(start < end);
  return (
    <Popover opened={open} onChange={setOpen} trapFocus position="bottom-start">
      <Popover.Target>
        <Button
          size="xs"
          variant={search.from === undefined ? "default" : "light"}
          leftSection={<IconCalendar size={14} />}
          onClick={() => {
            setFrom(local(search.from ?? now - 86_400));
            setTo(local(search.to ?? now));
            setOpen(true);
          }}
        >
          {search.from === undefined
            ? t("range.custom")
            : `${local(search.from).replace("T", " ")} – ${local(search.to ?? now).replace("T", " ")}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setOpen(false);
            onChange({ from: Math.round(start), to: Math.round(end), range: search.range });
          }}
        >
          <Stack gap="xs">
            <TextInput
              type="datetime-local"
              label={t("range.from")}
              value={from}
              onChange={(e) => setFrom(e.currentTarget.value)}
            />
            <TextInput
              type="datetime-local"
              label={t("range.to")}
              value={to}
              onChange={(e) => setTo(e.currentTarget.value)}
              error={wrong ? t("range.wrong") : undefined}
            />
            <Button type="submit" disabled={wrong}>
              {t("range.show")}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
