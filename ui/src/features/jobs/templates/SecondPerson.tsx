import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay, useMe, usersQuery } from "../../../api/queries";

const APPROVERS: readonly string[] = ["admin", "operator"];

/** Who decides of an approval; a warning where everybody can be seen and nobody but oneself could. */
export function SecondPerson() {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const users = useQuery({ ...usersQuery, enabled: useMay()("users.manage") });
  const alone =
    users.data !== undefined &&
    !users.data.items.some((one) => one.enabled && one.id !== me?.id && APPROVERS.includes(one.role));
  return (
    <Text size="xs" c={alone ? "var(--state-warn)" : "dimmed"} role="note" data-alone={alone || undefined}>
      {t(alone ? "approval.alone" : "approval.secondPerson")}
    </Text>
  );
}
