import { ActionIcon, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const TYPING_MS = 120;

interface SearchBoxProps {
  value: string;
  label: string;
  onChange: (value: string) => void;
}

/** Filters while one types; `/` goes there, Escape empties it. */
export function SearchBox({ value, label, onChange }: SearchBoxProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  const tell = useDebouncedCallback((text: string) => {
    setTold(text);
    onChange(text);
  }, TYPING_MS);
  // what the address says without having been told so by this field: Back, a link, cleared filters
  useEffect(() => {
    if (value === told) return;
    setTold(value);
    setTyped(value);
  }, [value, told]);
  const change = (text: string) => {
    setTyped(text);
    tell(text);
  };
  return (
    <TextInput
      data-search
      className="fleet-search"
      leftSection={<IconSearch size={15} />}
      rightSection={
        typed && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            aria-label={t("fleet.clearSearch")}
            onClick={() => change("")}
          >
            <IconX size={14} />
          </ActionIcon>
        )
      }
      placeholder={label}
      aria-label={label}
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        if (typed) change("");
        else event.currentTarget.blur();
      }}
    />
  );
}
