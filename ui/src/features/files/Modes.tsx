import { Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { bitOf, EXTRA, extraBit, fromOctal, letters, octal, WHAT, WHO } from "./mode";

interface ModesProps {
  /** Nothing where several entries differ and no choice has been made. */
  mode: number;
  onChange: (mode: number) => void;
}

/** Permissions as boxes and as a number; each follows the other. */
export function Modes({ mode, onChange }: ModesProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && fromOctal(typed) === null;
  const flip = (bit: number) => {
    setTyped(null);
    onChange(mode ^ bit);
  };
  return (
    <Stack gap="sm">
      <table className="mode-grid">
        <thead>
          <tr>
            <td />
            {WHAT.map((what) => (
              <th key={what} scope="col">
                {t(`mode.${what}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {WHO.map((who) => (
            <tr key={who}>
              <th scope="row">{t(`mode.${who}`)}</th>
              {WHAT.map((what) => (
                <td key={what}>
                  <Checkbox
                    aria-label={`${t(`mode.${who}`)}: ${t(`mode.${what}`)}`}
                    checked={(mode & bitOf(who, what)) !== 0}
                    onChange={() => flip(bitOf(who, what))}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Group gap="md">
        {EXTRA.map((extra) => (
          <Checkbox
            key={extra}
            label={t(`mode.${extra}`)}
            checked={(mode & extraBit(extra)) !== 0}
            onChange={() => flip(extraBit(extra))}
          />
        ))}
      </Group>
      <Group gap="sm" align="flex-start">
        <TextInput
          label={t("mode.octal")}
          w={120}
          className="mono-input"
          value={typed ?? octal(mode)}
          error={wrong && t("mode.wrong")}
          onChange={(event) => {
            const text = event.currentTarget.value;
            setTyped(text);
            const read = fromOctal(text);
            if (read !== null) onChange(read);
          }}
          onBlur={() => !wrong && setTyped(null)}
        />
        <Text className="mono" mt={30} aria-live="polite">
          {letters(mode)}
        </Text>
      </Group>
    </Stack>
  );
}
