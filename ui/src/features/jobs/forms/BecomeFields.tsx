import { Group, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { BecomeWish } from "../types";
import { SudoPassword } from "./SudoPassword";

interface BecomeFieldsProps {
  become: BecomeWish | null;
  errors: Readonly<Record<string, string>>;
  /** A password is only taken for a run, never kept with a template. */
  withPassword?: boolean;
  onChange: (become: BecomeWish | null) => void;
}

/** As whom the work is done on the hosts. */
export function BecomeFields({ become, errors, withPassword = false, onChange }: BecomeFieldsProps) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" align="flex-start" mih={32}>
      <Switch
        mt={6}
        label={t("run.become")}
        checked={become !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? { user: "root" } : null)}
      />
      {become && (
        <TextInput
          aria-label={t("run.becomeUser")}
          placeholder="root"
          w={140}
          value={become.user}
          error={errors["become.user"]}
          onChange={(event) => onChange({ ...become, user: event.currentTarget.value })}
        />
      )}
      {become && withPassword && <SudoPassword become={become} error={errors["become.password"]} onChange={onChange} />}
    </Group>
  );
}
