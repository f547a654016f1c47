import { Button, Group, Loader, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import type { Admin, InvitationLink, RoomSummary } from "../../app/api";
import { copyText } from "../../app/clipboard";
import type { Role } from "../../protocol/generated";
import { HTML_LANG } from "../../i18n/language";
import { useText, useWords } from "../shared/text";
import { QrCode } from "./QrCode";
import { useSay } from "./useSay";

interface Props {
  readonly admin: Admin;
  readonly room: RoomSummary | null;
  readonly onClose: () => void;
}

const ROLES = ["participant", "host", "viewer"] as const;

/** A link for one role, to copy or to scan. */
export function InviteDialog({ admin, room, onClose }: Props): ReactNode {
  const text = useText();
  const [role, setRole] = useState<Role>("participant");
  return (
    <Modal opened={room !== null} onClose={onClose} title={text.home.inviteTitle(room?.name ?? "")} size="lg">
      <Stack gap="md">
        <SegmentedControl
          size="md"
          fullWidth
          aria-label={text.home.inviteRole}
          value={role}
          data={ROLES.map((one) => ({ value: one, label: text.roles[one] }))}
          onChange={(value) => {
            setRole(ROLES.find((one) => one === value) ?? "participant");
          }}
        />
        {room && <LinkView key={`${room.id}/${role}`} admin={admin} room={room.id} role={role} />}
      </Stack>
    </Modal>
  );
}

interface LinkProps {
  readonly admin: Admin;
  readonly room: string;
  readonly role: Role;
}

function LinkView({ admin, room, role }: LinkProps): ReactNode {
  const { text, language } = useWords();
  const say = useSay();
  const [link, setLink] = useState<InvitationLink | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    admin.invite(room, role).then(
      (made) => {
        if (current) setLink(made);
      },
      (failure: unknown) => {
        if (current) setError(say(failure));
      },
    );
    return () => {
      current = false;
    };
    // `say` only changes with the language, which must not make another link.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [admin, room, role]);
  if (error !== null) return <Text c="red">{error}</Text>;
  if (!link) return <Loader />;
  const until = link.expiresAtMs === null ? null : new Date(link.expiresAtMs).toLocaleString(HTML_LANG[language]);
  return (
    <>
      <CopyRow link={link.link} />
      {until !== null && (
        <Text size="sm" c="dimmed">
          {text.home.inviteValid(until)}
        </Text>
      )}
      <Stack align="center" gap={6}>
        <QrCode value={link.link} label={text.home.inviteScan} />
        <Text size="sm" c="dimmed">
          {text.home.inviteScan}
        </Text>
      </Stack>
    </>
  );
}

function CopyRow({ link }: { readonly link: string }): ReactNode {
  const text = useText();
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  return (
    <Group align="start" wrap="nowrap" gap="sm">
      <TextInput
        flex={1}
        size="md"
        readOnly
        aria-label={text.home.linkLabel}
        value={link}
        error={state === "failed" ? text.errors.clipboard : null}
        onFocus={(event) => {
          event.currentTarget.select();
        }}
      />
      <Button
        size="md"
        leftSection={state === "copied" ? <IconCheck size={20} aria-hidden /> : <IconCopy size={20} aria-hidden />}
        onClick={() =>
          void copyText(link).then((done) => {
            setState(done ? "copied" : "failed");
          })
        }
      >
        {state === "copied" ? text.common.copied : text.common.copy}
      </Button>
    </Group>
  );
}
