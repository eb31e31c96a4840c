import { Badge, Button, Group, Select, Stack, Switch, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/client";
import { queryClient } from "../../api/queries";
import { bytes } from "../../format/units";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { WhyButton } from "../../parts/WhyButton";
import { Conflict } from "./Conflict";
import { type Ground, readText, type TextFile, type Write, writeText } from "./calls";

const Code = lazy(() => import("../../parts/Code"));

interface TextEditorProps {
  ground: Ground;
  path: string;
  name: string;
  mayWrite: boolean;
  onUnsaved: (unsaved: boolean) => void;
  onSaved: () => void;
  onTail: () => void;
}

export function TextEditor(props: TextEditorProps) {
  const { ground, path, onTail } = props;
  const { t } = useTranslation();
  const [reading, setReading] = useState<string | undefined>(undefined);
  const query = useQuery({
    queryKey: ["text", ground.hostId, ground.asRoot, path, reading],
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    queryFn: () => readText(ground, path, reading),
  });
  const { error } = query;
  if (error instanceof Problem && (error.code === "too_large" || error.code === "not_text"))
    return (
      <Empty
        title={t(`viewer.${error.code}`)}
        action={
          error.code === "too_large" && (
            <Button variant="default" onClick={onTail}>
              {t("viewer.tail")}
            </Button>
          )
        }
      >
        {error.message}
      </Empty>
    );
  if (error) return <ErrorNote error={error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Rows count={12} />;
  return <Editor key={`${query.data.etag} ${reading}`} {...props} file={query.data} onRead={setReading} />;
}

/** These are offered for saving; what the file has is always among them. */
const ENCODINGS = [
  ...["utf-8", "utf-16-le", "utf-16-be", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "koi8-r"],
  ...["iso8859-1", "iso8859-2", "iso8859-15", "windows-1250", "windows-1251", "windows-1252"],
];
type LineEnds = Write["line_ends"];
const LINE_ENDS = ["lf", "crlf", "cr"] as const;

interface EditorProps extends TextEditorProps {
  file: TextFile;
  /** Reads the bytes anew as another encoding. */
  onRead: (encoding: string) => void;
}

function Editor({ ground, path, name, mayWrite, onUnsaved, onSaved, file, onRead }: EditorProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(file.text);
  const [first, setFirst] = useState(file);
  const [encoding, setEncoding] = useState<string>(file.encoding);
  const [ends, setEnds] = useState<LineEnds>(isPlain(file.line_ends) ? file.line_ends : "lf");
  const [wrap, setWrap] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [conflict, setConflict] = useState<{ current: TextFile | null } | null>(null);
  const [shownText, setShownText] = useState({ text: file.text, turn: 0 });
  const dirty =
    text !== plain(first.text) || encoding !== first.encoding || (isPlain(first.line_ends) && ends !== first.line_ends);
  const writable = mayWrite && first.writable !== false;
  const change = (next: string) => {
    setText(next);
    onUnsaved(next !== plain(first.text));
  };
  const save = async (mine: string, over: TextFile | null | undefined) => {
    setBusy(true);
    setError(null);
    try {
      const etag = over === undefined ? first.etag : (over?.etag ?? null);
      const { etag: next, size } = await writeText(ground, {
        path,
        text: mine,
        encoding,
        bom: first.bom,
        line_ends: ends,
        etag,
        overwrite: over !== undefined && over !== null,
      });
      setFirst({ ...first, text: mine, encoding, line_ends: ends, etag: next, size });
      setConflict(null);
      onUnsaved(false);
      onSaved();
      notifications.show({ message: t("viewer.saved", { name }) });
    } catch (failure) {
      if (failure instanceof Problem && failure.code === "changed_meanwhile")
        setConflict({ current: (failure.body.current as TextFile | null) ?? null });
      else setError(failure);
    } finally {
      setBusy(false);
    }
  };
  if (conflict)
    return (
      <Conflict
        current={conflict.current}
        mine={text}
        busy={busy}
        error={error}
        onKeep={(mine) => {
          setText(mine);
          setShownText({ text: mine, turn: shownText.turn + 1 });
          save(mine, conflict.current);
        }}
        onTheirs={() => {
          onUnsaved(false);
          queryClient.invalidateQueries({ queryKey: ["text", ground.hostId, ground.asRoot, path] });
          setConflict(null);
          if (conflict.current) {
            setFirst(conflict.current);
            setText(plain(conflict.current.text));
            setShownText({ text: conflict.current.text, turn: shownText.turn + 1 });
          }
        }}
        onBack={() => {
          setShownText({ text, turn: shownText.turn + 1 });
          setConflict(null);
        }}
      />
    );
  return (
    <Stack gap="xs" className="viewer-fill">
      <div className="viewer-code">
        <Suspense fallback={<Rows count={12} />}>
          <Code
            key={shownText.turn}
            text={shownText.text}
            name={name}
            label={name}
            readOnly={!writable}
            wrap={wrap}
            onChange={change}
            onSave={() => dirty && writable && save(text, undefined)}
          />
        </Suspense>
      </div>
      {error !== null && <ErrorNote error={error} />}
      <Group gap="xs" className="viewer-foot">
        <Select
          aria-label={t("viewer.encoding")}
          size="xs"
          w={150}
          allowDeselect={false}
          maxDropdownHeight={320}
          data={[
            { group: t("viewer.saveAs"), items: choices("save", first.encoding) },
            ...(text === plain(first.text)
              ? [{ group: t("viewer.readAs"), items: choices("read", first.encoding) }]
              : []),
          ]}
          value={`save ${encoding}`}
          onChange={(next) => {
            const [way, chosen] = next?.split(" ") ?? [];
            if (!chosen) return;
            if (way === "read") onRead(chosen);
            else setEncoding(chosen);
          }}
        />
        <Select
          aria-label={t("viewer.lineEnds")}
          size="xs"
          w={90}
          allowDeselect={false}
          disabled={!writable}
          data={LINE_ENDS.map((value) => ({ value, label: value.toUpperCase() }))}
          value={ends}
          onChange={(next) => next && setEnds(next as LineEnds)}
        />
        {first.line_ends === "mixed" && (
          <Text size="xs" c="var(--state-warn)">
            {t("viewer.mixed")}
          </Text>
        )}
        <Switch
          size="xs"
          label={t("log.wrap")}
          checked={wrap}
          onChange={(event) => setWrap(event.currentTarget.checked)}
        />
        <Text size="xs" c="dimmed">
          {bytes(first.size)}
        </Text>
        {!writable && <Badge variant="default">{t("viewer.readOnly")}</Badge>}
        <Group gap="xs" ml="auto">
          {dirty && (
            <Text size="xs" c="var(--state-warn)" role="status">
              {t("viewer.unsaved")}
            </Text>
          )}
          {mayWrite && (
            <WhyButton
              size="xs"
              loading={busy}
              leftSection={<IconDeviceFloppy size={14} />}
              why={writable ? (dirty ? undefined : t("viewer.nothingToSave")) : t("viewer.notWritable")}
              onClick={() => save(text, undefined)}
            >
              {t("action.save")}
            </WhyButton>
          )}
        </Group>
      </Group>
    </Stack>
  );
}

const choices = (way: string, own: string) =>
  [...new Set([own, ...ENCODINGS])].map((value) => ({ value: `${way} ${value}`, label: value.toUpperCase() }));

/** As the editor counts lines. */
const plain = (text: string) => text.replace(/\r\n?/g, "\n");
const isPlain = (ends: string): ends is (typeof LINE_ENDS)[number] => ends === "lf" || ends === "crlf" || ends === "cr";
