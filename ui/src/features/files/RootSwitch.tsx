import { PasswordInput, Switch, Text, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/client";
import { useSentence } from "../../parts/Notices";
import { type About, becomeRoot } from "./calls";
import { Dialog } from "./Dialog";

interface RootSwitchProps {
  hostId: number;
  about: About | undefined;
  on: boolean;
  onChange: (on: boolean) => void;
}

/** The same as root, where the account may. The password goes to sudo on the host and is kept nowhere. */
export function RootSwitch({ hostId, about, on, onChange }: RootSwitchProps) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [asking, setAsking] = useState(false);
  if (about?.root === "is_root") return null;
  const flip = async () => {
    if (on) return onChange(false);
    try {
      await becomeRoot(hostId, null);
      onChange(true);
    } catch (error) {
      if (error instanceof Problem && error.code === "sudo_password_needed") setAsking(true);
      else notifications.show({ color: "red", title: t("root.title"), message: sentence(error) });
    }
  };
  return (
    <>
      <Tooltip label={t("root.text")}>
        <Switch label={t("root.title")} checked={on} onChange={flip} color="orange.8" />
      </Tooltip>
      {asking && (
        <RootDialog
          hostId={hostId}
          account={about?.account ?? ""}
          onClose={() => setAsking(false)}
          onDone={() => {
            setAsking(false);
            onChange(true);
          }}
        />
      )}
    </>
  );
}

interface RootDialogProps {
  hostId: number;
  account: string;
  /** Left without an answer. */
  onClose: () => void;
  onDone: () => void;
}

/** The password that sudo asks for. */
export function RootDialog({ hostId, account, onClose, onDone }: RootDialogProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const done = useRef(false);
  return (
    <Dialog
      title={t("root.ask")}
      action={t("root.become")}
      why={password ? undefined : t("root.first")}
      onClose={() => done.current || onClose()}
      onDo={async () => {
        await becomeRoot(hostId, password);
        done.current = true;
        onDone();
      }}
    >
      <Text size="sm">{t("root.askText", { account })}</Text>
      <PasswordInput
        data-autofocus
        label={t("root.password", { account })}
        autoComplete="off"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
    </Dialog>
  );
}
