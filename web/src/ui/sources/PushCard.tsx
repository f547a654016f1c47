import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleOff, IconKeyOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { isPush } from "../../model/push";
import type { Push, Source } from "../../model/sources";
import { QrCode } from "../home/QrCode";
import { useText } from "../shared/text";
import { CopyField } from "./CopyField";
import { HowTo } from "./HowTo";
import { Expiry, KeyActions } from "./KeyLife";
import classes from "./push.module.css";
import type { Sources } from "./useSources";

interface Props {
  readonly source: Source;
  readonly sources: Sources;
  /** It was made just now. */
  readonly fresh: boolean;
  readonly onDone: () => void;
}

/** What the device needs to be told, to copy or to scan, and the life of its key. */
export function PushCard({ source, sources, fresh, onDone }: Props): ReactNode {
  const text = useText();
  const words = text.sources.push;
  const { push, kind } = source;
  if (!push || !isPush(kind)) return null;
  const usable = push.url !== "" && !push.revoked;
  return (
    <Stack gap="md" className={classes["card"] ?? ""} data-push={source.id}>
      {fresh && (
        <Alert color="teal" icon={<IconCircleCheck aria-hidden />}>
          {words.ready}
        </Alert>
      )}
      {push.url === "" && (
        <Alert color="red" icon={<IconCircleOff aria-hidden />}>
          {words.off}
        </Alert>
      )}
      {push.revoked && (
        <Alert color="red" icon={<IconKeyOff aria-hidden />}>
          {words.revoked}
        </Alert>
      )}
      {usable && <Addresses push={push} kind={kind} />}
      <Expiry push={push} />
      <KeyActions source={source} sources={sources} />
      {usable && <HowTo kind={kind} push={push} />}
      {fresh && (
        <Group justify="flex-end">
          <Button size="md" onClick={onDone}>
            {text.sources.form.done}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Addresses({ push, kind }: { readonly push: Push; readonly kind: "rtmp" | "srt" | "whip" }): ReactNode {
  const words = useText().sources.push;
  return (
    <div className={classes["addresses"]}>
      <div className={classes["fields"]}>
        <CopyField label={words.server} value={push.url} />
        {kind === "srt" && <CopyField label={words.stream} value={push.stream} />}
        <CopyField label={words.key[kind]} value={push.key} />
        {push.full !== push.url && <CopyField label={words.full} value={push.full} />}
        {push.fullTls !== null && <CopyField label={words.fullTls} value={push.fullTls} />}
        <Text size="sm" c="dimmed">
          {words.secret}
        </Text>
      </div>
      <div className={classes["qr"]}>
        <QrCode value={push.full} label={words.qr} />
        <Text size="sm" c="dimmed" ta="center">
          {words.qr}
        </Text>
      </div>
    </div>
  );
}
