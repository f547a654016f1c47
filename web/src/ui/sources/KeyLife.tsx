import { Button, Group, Text } from "@mantine/core";
import { IconKey, IconKeyOff } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Push, Source } from "../../model/sources";
import { HTML_LANG } from "../../i18n/language";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { useText, useWords } from "../shared/text";
import { RotateDialog } from "./RotateDialog";
import type { Sources } from "./useSources";

interface Props {
  readonly source: Source;
  readonly sources: Sources;
}

/** Until when a key is good. */
export function Expiry({ push }: { readonly push: Push }): ReactNode {
  const { text, language } = useWords();
  const words = text.sources.push;
  const [openedMs] = useState(() => Date.now());
  if (push.revoked) return null;
  const time = push.expiresAtMs === null ? null : new Date(push.expiresAtMs).toLocaleString(HTML_LANG[language]);
  const over = push.expiresAtMs !== null && push.expiresAtMs <= openedMs;
  return (
    <Text size="sm" c={over ? "red" : "dimmed"}>
      {time === null ? words.never : over ? words.expired(time) : words.until(time)}
    </Text>
  );
}

/** A new key, or none at all; both cut whoever pushes now. */
export function KeyActions({ source, sources }: Props): ReactNode {
  const words = useText().sources.push;
  const [rotating, setRotating] = useState(false);
  const [revoking, setRevoking] = useState<Source | null>(null);
  const { api, attempt } = sources;
  return (
    <Group gap="sm">
      <Button
        variant="default"
        leftSection={<IconKey size={18} aria-hidden />}
        onClick={() => {
          setRotating(true);
        }}
      >
        {words.rotate}
      </Button>
      {source.push?.revoked === false && (
        <Button
          variant="subtle"
          color="red"
          leftSection={<IconKeyOff size={18} aria-hidden />}
          onClick={() => {
            setRevoking(source);
          }}
        >
          {words.revoke}
        </Button>
      )}
      <RotateDialog
        opened={rotating}
        onCancel={() => {
          setRotating(false);
        }}
        onConfirm={(expiresAtMs) => {
          setRotating(false);
          void attempt(() => api.rotateKey(source.id, expiresAtMs));
        }}
      />
      <ConfirmDialog
        about={revoking}
        title={() => words.revokeTitle}
        question={words.revokeText}
        confirm={words.revoke}
        onCancel={() => {
          setRevoking(null);
        }}
        onConfirm={({ id }) => {
          setRevoking(null);
          void attempt(() => api.revokeKey(id));
        }}
      />
    </Group>
  );
}
