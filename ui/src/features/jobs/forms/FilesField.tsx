import { ActionIcon, Button, Checkbox, FileButton, Group, Input, Stack, Text } from "@mantine/core";
import { IconPaperclip, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { bytes } from "../../../format/units";

interface SentFile {
  name: string;
  base64: string;
  executable?: boolean;
}

interface FilesFieldProps {
  label: string;
  error?: string;
  value: unknown;
  onChange: (files: SentFile[]) => void;
}

const STEP = 0x8000;

async function read(file: File): Promise<SentFile> {
  const data = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < data.length; at += STEP) text += String.fromCharCode(...data.subarray(at, at + STEP));
  return { name: file.name, base64: btoa(text), executable: false };
}

const sizeOf = ({ base64 }: SentFile): number => (base64.length * 3) / 4 - (base64.match(/=+$/)?.[0].length ?? 0);

/** Small files that are sent along, chosen from this computer. */
export function FilesField({ label, error, value, onChange }: FilesFieldProps) {
  const { t } = useTranslation();
  const files = (Array.isArray(value) ? value : []) as SentFile[];
  const add = async (chosen: File[]) => {
    const made = await Promise.all(chosen.map(read));
    const names = new Set(made.map((one) => one.name));
    onChange([...files.filter((one) => !names.has(one.name)), ...made]);
  };
  return (
    <Input.Wrapper label={label} error={error} size="sm">
      <Stack gap={6} mt={4}>
        {files.map((file) => (
          <Group key={file.name} gap="sm">
            <Text size="sm">{file.name}</Text>
            <Text size="sm" c="dimmed">
              {bytes(sizeOf(file))}
            </Text>
            <Checkbox
              size="xs"
              label={t("forms.executable")}
              checked={file.executable ?? false}
              onChange={(event) => {
                const executable = event.currentTarget.checked;
                onChange(files.map((one) => (one === file ? { ...one, executable } : one)));
              }}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("forms.removeFile", { name: file.name })}
              onClick={() => onChange(files.filter((one) => one !== file))}
            >
              <IconTrash size={16} stroke={1.6} />
            </ActionIcon>
          </Group>
        ))}
        <FileButton multiple onChange={add}>
          {(props) => (
            <Button
              {...props}
              size="xs"
              variant="default"
              leftSection={<IconPaperclip size={14} />}
              style={{ alignSelf: "flex-start" }}
            >
              {t("forms.addFile")}
            </Button>
          )}
        </FileButton>
      </Stack>
    </Input.Wrapper>
  );
}
