import { Button, Group, Modal, SegmentedControl, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconDownload } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { bytes } from "../../format/units";
import { Confirm } from "../../parts/Confirm";
import { Empty } from "../../parts/Notices";
import { download, type Ground } from "./calls";
import { type Entry, lookOf } from "./entry";
import { base, shown } from "./names";
import { address } from "./stream";
import { Tail } from "./Tail";
import { TextEditor } from "./TextEditor";

interface ViewerProps {
  ground: Ground;
  path: string;
  /** What the folder says of it, once that is known. */
  entry: Entry | undefined;
  mayWrite: boolean;
  onClose: () => void;
  onSaved: () => void;
}

type Way = "text" | "tail" | "look";

/** A file, looked at or edited. Pictures are pictures only, PDFs stand in a frame; nothing of them runs in the page. */
export function Viewer({ ground, path, entry, mayWrite, onClose, onSaved }: ViewerProps) {
  const { t } = useTranslation();
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const name = shown(base(path));
  const look = lookOf(name);
  const [way, setWay] = useState<Way>(look === "log" ? "tail" : look === "text" ? "text" : "look");
  const unsaved = useRef(false);
  const [leaving, setLeaving] = useState<(() => void) | null>(null);
  const careful = (go: () => void) => (unsaved.current ? setLeaving(() => go) : go());
  const source = address(ground.hostId, "content", { path, inline: true, as_root: ground.asRoot });
  return (
    <Modal.Root
      opened
      onClose={() => careful(onClose)}
      size={1180}
      fullScreen={phone}
      yOffset="4dvh"
      centered={false}
      padding={0}
      classNames={{ content: "viewer", header: "viewer-head", body: "viewer-body" }}
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content aria-label={name}>
        <Modal.Header role="none">
          <Group gap="xs" style={{ flex: 1, minWidth: 0 }}>
            <Text fw={600} truncate title={shown(path)} style={{ minWidth: 0, maxWidth: "60%" }}>
              {name}
            </Text>
            {entry && (
              <Text size="xs" c="dimmed">
                {bytes(entry.size)}
              </Text>
            )}
            {look !== "picture" && look !== "pdf" && look !== "archive" && (
              <SegmentedControl
                size="xs"
                ml="auto"
                aria-label={t("viewer.way")}
                value={way}
                onChange={(next) =>
                  careful(() => {
                    unsaved.current = false;
                    setWay(next as Way);
                  })
                }
                data={[
                  { value: "text", label: t(mayWrite ? "viewer.edit" : "viewer.text") },
                  { value: "tail", label: t("viewer.tail") },
                ]}
              />
            )}
            <Button
              size="xs"
              variant="default"
              ml={look === "picture" || look === "pdf" || look === "archive" ? "auto" : undefined}
              leftSection={<IconDownload size={14} />}
              onClick={() => download(ground, [path], null)}
            >
              {t("files.do.download")}
            </Button>
          </Group>
          <Modal.CloseButton aria-label={t("action.close")} />
        </Modal.Header>
        <Modal.Body>
          {way === "text" && (
            <TextEditor
              ground={ground}
              path={path}
              name={name}
              mayWrite={mayWrite}
              onUnsaved={(now) => {
                unsaved.current = now;
              }}
              onSaved={onSaved}
              onTail={() => setWay("tail")}
            />
          )}
          {way === "tail" && <Tail ground={ground} path={path} name={name} />}
          {way === "look" && look === "picture" && <Picture source={source} name={name} />}
          {way === "look" && look === "pdf" && <iframe className="viewer-frame" src={source} title={name} />}
          {way === "look" && look === "archive" && <Empty title={t("viewer.archive")}>{t("viewer.archiveText")}</Empty>}
        </Modal.Body>
      </Modal.Content>
      {leaving && (
        <Confirm
          title={t("viewer.unsavedTitle")}
          action={t("viewer.discard")}
          onClose={() => setLeaving(null)}
          onConfirm={async () => leaving()}
        >
          {t("viewer.unsavedText", { name })}
        </Confirm>
      )}
    </Modal.Root>
  );
}

function Picture({ source, name }: { source: string; name: string }) {
  const { t } = useTranslation();
  const [size, setSize] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  if (broken) return <Empty title={t("viewer.noPicture")}>{t("viewer.noPictureText")}</Empty>;
  return (
    <figure className="viewer-picture">
      <img
        src={source}
        alt={name}
        onLoad={(event) => setSize(`${event.currentTarget.naturalWidth} × ${event.currentTarget.naturalHeight}`)}
        onError={() => setBroken(true)}
      />
      <figcaption>{size}</figcaption>
    </figure>
  );
}
