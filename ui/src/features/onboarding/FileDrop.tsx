import { Button, FileButton, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type FileFormat, formatOf } from "./calls";
import "./onboarding.css";

const LARGEST_BYTES = 900_000;

interface FileDropProps {
  text: string;
  format: FileFormat;
  busy: boolean;
  onGive: (text: string, format: FileFormat) => void;
}

/** A place to drop a file, choose one, or paste its text. */
export function FileDrop({ text, format, busy, onGive }: FileDropProps) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const [tooLong, setTooLong] = useState(false);
  const take = async (file: File | null | undefined) => {
    if (!file) return;
    setTooLong(file.size > LARGEST_BYTES);
    if (file.size > LARGEST_BYTES) return;
    const content = await file.text();
    onGive(content, formatOf(file.name, content));
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <Stack gap="xs">
      <section
        aria-label={t("onboard.drop")}
        className="onboard-drop"
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Group justify="center" gap="sm">
          <IconUpload size={20} stroke={1.6} aria-hidden />
          <Text size="sm">{t("onboard.drop")}</Text>
          <FileButton onChange={take}>
            {(props) => (
              <Button {...props} variant="default" size="xs" loading={busy}>
                {t("onboard.chooseFile")}
              </Button>
            )}
          </FileButton>
        </Group>
      </section>
      {tooLong && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {t("onboard.tooLong")}
        </Text>
      )}
      <Group align="flex-end" gap="xs">
        <Select
          label={t("onboard.format")}
          allowDeselect={false}
          value={format}
          data={(["csv", "ssh_config", "ansible"] as const).map((value) => ({
            value,
            label: t(`onboard.formatWord.${value}`),
          }))}
          onChange={(next) => onGive(text, (next ?? "csv") as FileFormat)}
        />
      </Group>
      <Textarea
        label={t("onboard.pasted")}
        description={t(`onboard.exampleWord.${format}`)}
        autosize
        minRows={3}
        maxRows={10}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: "mono" }}
        value={text}
        onChange={(event) => onGive(event.currentTarget.value, format)}
      />
    </Stack>
  );
}
