import { Button, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { IconAlarm } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { feedablesOf, whoIs } from "../../model/walls";
import type { WallAlarm } from "../../protocol/generated";
import { clockWords } from "../shared/feedText";
import { useText, useWords } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./side.module.css";
import { useAttempt } from "./useAttempt";

/** Pictures that must be seen now, and where they go. */
export function AlarmsPanel(): ReactNode {
  const text = useText().console.alarms;
  const { wall, edit, mayEdit } = useDesk();
  const [raising, setRaising] = useState(false);
  const alarms = wall?.alarms ?? [];
  const panes = wall?.board.panes.map((_, index) => ({ value: String(index), label: String(index + 1) })) ?? [];
  return (
    <>
      <div className={classes["actions"]}>
        <Button
          size="md"
          color="red"
          leftSection={<IconAlarm size={20} aria-hidden />}
          disabled={!wall}
          onClick={() => {
            setRaising(true);
          }}
          data-raise
        >
          {text.raise}
        </Button>
      </div>
      {wall && (
        <NativeSelect
          label={text.pane}
          disabled={!mayEdit(wall)}
          value={typeof wall.board.alarmPane === "number" ? String(wall.board.alarmPane) : ""}
          data={[{ value: "", label: text.paneAuto }, ...panes]}
          onChange={(event) => {
            const { value } = event.currentTarget;
            edit(wall.id, { do: "board", board: { ...wall.board, alarmPane: value === "" ? null : Number(value) } });
          }}
        />
      )}
      {alarms.length === 0 && (
        <p className={classes["none"]}>
          <strong>{text.none}</strong>
          {wall ? text.noneHint : text.noWall}
        </p>
      )}
      <ul className={classes["list"]}>
        {alarms.map((alarm) => (
          <AlarmRow key={alarm.id} alarm={alarm} />
        ))}
      </ul>
      {raising && (
        <RaiseDialog
          onClose={() => {
            setRaising(false);
          }}
        />
      )}
    </>
  );
}

function AlarmRow({ alarm }: { readonly alarm: WallAlarm }): ReactNode {
  const { text, language } = useWords();
  const words = text.console.alarms;
  const { api, state, nowMs } = useDesk();
  const attempt = useAttempt();
  return (
    <li className={classes["alarm"]} data-alarm={alarm.id}>
      <span className={classes["rowWords"]}>
        <strong>{alarm.text || (whoIs(state.view, alarm.identity)?.name ?? alarm.identity)}</strong>
        <span className={classes["soft"]}>{whoIs(state.view, alarm.identity)?.name ?? alarm.identity}</span>
        <span className={classes["soft"]}>{words.by(alarm.raisedBy, clockWords(alarm.raisedAtMs, nowMs, language))}</span>
      </span>
      <Button variant="white" color="red" onClick={() => void attempt(() => api.clear(alarm.id))}>
        {words.clear}
      </Button>
    </li>
  );
}

function RaiseDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const text = useText().console.alarms;
  const { api, state } = useDesk();
  const attempt = useAttempt();
  const { people, sources } = feedablesOf(state.view);
  const choices = [...sources, ...people].map(({ who, content }) => ({ value: content.identity ?? "", label: who.name }));
  const [identity, setIdentity] = useState(choices[0]?.value ?? "");
  const [words, setWords] = useState("");
  const raise = async (): Promise<void> => {
    if (await attempt(() => api.raise(identity, words.trim()))) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={text.raise}>
      <Stack gap="md">
        <NativeSelect
          label={text.who}
          data={choices}
          value={identity}
          onChange={(event) => {
            setIdentity(event.currentTarget.value);
          }}
        />
        <TextInput
          size="md"
          label={text.words}
          placeholder={text.wordsPlaceholder}
          maxLength={200}
          value={words}
          onChange={(event) => {
            setWords(event.currentTarget.value);
          }}
        />
        <Button size="md" color="red" disabled={identity === ""} onClick={() => void raise()} data-send-alarm>
          {text.send}
        </Button>
      </Stack>
    </Modal>
  );
}
