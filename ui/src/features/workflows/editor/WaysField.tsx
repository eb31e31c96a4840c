import { ActionIcon, Input, Select, Stack } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { SIGNS } from "../Graph";
import { type Way, WHENS, type When } from "../graph";

interface WaysFieldProps {
  from: string;
  ways: readonly Way[];
  /** Titles of all nodes, by key. */
  titles: ReadonlyMap<string, string>;
  error?: string;
  onPut: (to: string, when: When) => void;
  onDrop: (to: string) => void;
}

/** Which nodes follow this one, and when. */
export function WaysField({ from, ways, titles, error, onPut, onDrop }: WaysFieldProps) {
  const { t } = useTranslation();
  const out = ways.filter((one) => one.from === from);
  const free = [...titles].filter(([key]) => key !== from && !out.some((one) => one.to === key));
  return (
    <Input.Wrapper label={t("workflow.ways")} error={error} size="sm">
      <Stack gap={6} mt={4}>
        {out.map(({ to, when }) => (
          <div key={to} className="flow-way" data-way={titles.get(to)}>
            <span className="job-name">{titles.get(to) ?? to}</span>
            <Select
              size="xs"
              aria-label={t("workflow.whenOf", { name: titles.get(to) ?? to })}
              allowDeselect={false}
              data={WHENS.map((value) => ({ value, label: `${SIGNS[value]} ${t(`workflow.when.${value}`)}` }))}
              value={when}
              onChange={(next) => next && onPut(to, next as When)}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("workflow.dropWay", { name: titles.get(to) ?? to })}
              onClick={() => onDrop(to)}
            >
              <IconTrash size={16} stroke={1.6} />
            </ActionIcon>
          </div>
        ))}
        {free.length > 0 && (
          <Select
            size="xs"
            searchable
            aria-label={t("workflow.addWay")}
            placeholder={t("workflow.addWay")}
            data={free.map(([value, label]) => ({ value, label }))}
            value={null}
            onChange={(to) => to && onPut(to, "success")}
          />
        )}
      </Stack>
    </Input.Wrapper>
  );
}
