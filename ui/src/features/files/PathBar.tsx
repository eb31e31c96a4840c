import { ActionIcon, Group, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconArrowUp, IconHome, IconPencil } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { editable, parent, shown, steps, wired } from "./names";

interface PathBarProps {
  path: string;
  home: string | null;
  editing: boolean;
  onEdit: (editing: boolean) => void;
  onGo: (path: string) => void;
}

/** Where one is, each folder above a step; as text it can be changed. */
export function PathBar({ path, home, editing, onEdit, onGo }: PathBarProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLElement>(null);
  // the end of a long path is what one wants to see
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path has another end
  useEffect(() => {
    if (box.current) box.current.scrollLeft = box.current.scrollWidth;
  }, [path, editing]);
  return (
    <Group gap={4} wrap="nowrap" className="path-bar">
      <Tooltip label={t("files.up")}>
        <ActionIcon
          variant="default"
          size={32}
          aria-label={t("files.up")}
          disabled={path === "/"}
          onClick={() => onGo(parent(path))}
        >
          <IconArrowUp size={16} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("files.home")}>
        <ActionIcon
          variant="default"
          size={32}
          aria-label={t("files.home")}
          disabled={home === null}
          onClick={() => home !== null && onGo(home)}
        >
          <IconHome size={16} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
      {editing ? (
        <PathField path={path} onDone={() => onEdit(false)} onGo={onGo} />
      ) : (
        <nav className="path-steps" aria-label={t("files.path")} ref={box}>
          <Step name="/" path="/" here={path === "/"} onGo={onGo} />
          {steps(path).map((step, place, all) => (
            <span key={step.path} className="path-step">
              {place > 0 && <span aria-hidden>/</span>}
              <Step {...step} here={place === all.length - 1} onGo={onGo} />
            </span>
          ))}
          <button type="button" className="path-rest" tabIndex={-1} aria-hidden onClick={() => onEdit(true)} />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={26}
            aria-label={t("files.editPath")}
            onClick={() => onEdit(true)}
          >
            <IconPencil size={14} />
          </ActionIcon>
        </nav>
      )}
    </Group>
  );
}

interface StepProps {
  name: string;
  path: string;
  here: boolean;
  onGo: (path: string) => void;
}

function Step({ name, path, here, onGo }: StepProps) {
  return (
    <UnstyledButton
      className="path-name"
      aria-current={here ? "page" : undefined}
      title={shown(path)}
      onClick={() => onGo(path)}
    >
      {shown(name)}
    </UnstyledButton>
  );
}

function PathField({ path, onDone, onGo }: { path: string; onDone: () => void; onGo: (path: string) => void }) {
  const { t } = useTranslation();
  const first = editable(path);
  const [typed, setTyped] = useState(first.text);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const go = () => {
    const text = typed.trim();
    const wire = text === first.text ? path : first.raw && text.includes("%") ? text : wired(text);
    const whole = wire.length > 1 ? wire.replace(/\/+$/, "") || "/" : wire;
    if (whole) onGo(whole.startsWith("/") || whole.startsWith("~") ? whole : `${path === "/" ? "" : path}/${whole}`);
    onDone();
  };
  return (
    <form
      style={{ flex: 1 }}
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <TextInput
        ref={field}
        autoFocus
        className="mono-input"
        aria-label={t("files.path")}
        value={typed}
        spellCheck={false}
        autoCapitalize="off"
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={onDone}
        onKeyDown={(event) => event.key === "Escape" && onDone()}
      />
    </form>
  );
}
