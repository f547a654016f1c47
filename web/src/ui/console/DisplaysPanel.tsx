import { ActionIcon, Button } from "@mantine/core";
import { IconDeviceTv, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { Display } from "../../app/console-api";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { clockWords } from "../shared/feedText";
import { useWords } from "../shared/text";
import { useDesk } from "./desk";
import { NameDialog } from "./NameDialog";
import { PairDialog } from "./PairDialog";
import classes from "./side.module.css";
import { useAttempt } from "./useAttempt";

/** The paired displays: whether they are there, what they are called, adding and removing. */
export function DisplaysPanel(): ReactNode {
  const words = useWords().text.console.displays;
  const { library } = useDesk();
  const [pairing, setPairing] = useState(false);
  return (
    <>
      <div className={classes["actions"]}>
        <Button
          size="md"
          leftSection={<IconPlus size={20} aria-hidden />}
          onClick={() => {
            setPairing(true);
          }}
          data-pair
        >
          {words.pair}
        </Button>
      </div>
      {library.displays?.walls.length === 0 && <p className={classes["none"]}>{words.none}</p>}
      <ul className={classes["list"]}>
        {library.displays?.walls.map((display) => (
          <DisplayRow key={display.id} display={display} />
        ))}
      </ul>
      <PairDialog
        opened={pairing}
        onClose={() => {
          setPairing(false);
        }}
      />
    </>
  );
}

function DisplayRow({ display }: { readonly display: Display }): ReactNode {
  const { text, language } = useWords();
  const words = text.console;
  const { api, state, nowMs } = useDesk();
  const attempt = useAttempt();
  const [renaming, setRenaming] = useState(false);
  const [revoking, setRevoking] = useState<Display | null>(null);
  // What a display reports is newer than what was read.
  const { width, height } = state.walls.seen.get(display.id) ?? display;
  const online = state.walls.walls.get(display.id)?.online ?? display.online;
  const paired = display.pairedAtMs === null ? "" : words.displays.pairedAt(clockWords(display.pairedAtMs, nowMs, language), display.pairedBy);
  return (
    <li className={classes["row"]} data-display={display.id}>
      <IconDeviceTv size={24} aria-hidden className={classes["displayIcon"]} data-online={online} />
      <span className={classes["rowWords"]}>
        <strong>{display.name}</strong>
        <span className={classes["soft"]} data-online={online}>
          {`${online ? words.walls.online : words.walls.offline} · ${words.walls.size(width, height)}`}
        </span>
        <span className={classes["soft"]}>{paired}</span>
      </span>
      <ActionIcon variant="subtle" color="gray" size={40} aria-label={`${words.common.rename}: ${display.name}`} onClick={() => { setRenaming(true); }}>
        <IconPencil size={20} />
      </ActionIcon>
      <ActionIcon variant="subtle" color="red" size={40} aria-label={`${words.displays.revoke}: ${display.name}`} onClick={() => { setRevoking(display); }}>
        <IconTrash size={20} />
      </ActionIcon>
      {renaming && (
        <NameDialog
          title={words.displays.renameTitle(display.name)}
          initial={display.name}
          onCancel={() => { setRenaming(false); }}
          onSave={async (name) => {
            if (await attempt(() => api.rename(display.id, name))) setRenaming(false);
          }}
        />
      )}
      <ConfirmDialog
        about={revoking}
        title={(one) => words.displays.revokeTitle(one.name)}
        question={words.displays.revokeText}
        confirm={words.displays.revoke}
        onCancel={() => { setRevoking(null); }}
        onConfirm={(one) => {
          setRevoking(null);
          void attempt(() => api.revoke(one.id));
        }}
      />
    </li>
  );
}
