import { Button, Stack } from "@mantine/core";
import { IconMicrophone, IconVideo, IconVolume } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import type { LocalMedia } from "../../app/local";
import { canChooseSpeaker, setSink } from "../../app/sound";
import { testTone } from "../../rtc/tone";
import { DeviceSelect } from "../shared/DeviceSelect";
import { useStore } from "../shared/hooks";
import { useText } from "../shared/text";
import classes from "./join.module.css";

interface Props {
  readonly local: LocalMedia;
}

/** Camera, microphone and speaker; the same fields before and during the meeting. */
export function DeviceFields({ local }: Props): ReactNode {
  const text = useText();
  const { devices, cameraId, microphoneId, speakerId } = useStore(local.state);
  return (
    <Stack gap="sm">
      <DeviceSelect
        label={text.join.camera}
        icon={<IconVideo size={18} aria-hidden />}
        choices={devices.cameras}
        value={cameraId}
        onChange={(id) => void local.chooseCamera(id)}
      />
      <DeviceSelect
        label={text.join.microphone}
        icon={<IconMicrophone size={18} aria-hidden />}
        choices={devices.microphones}
        value={microphoneId}
        onChange={(id) => void local.chooseMicrophone(id)}
      />
      <div className={classes["withButton"]}>
        <DeviceSelect
          label={text.join.speaker}
          icon={<IconVolume size={18} aria-hidden />}
          choices={devices.speakers}
          value={speakerId}
          disabled={!canChooseSpeaker}
          onChange={(id) => {
            local.chooseSpeaker(id);
          }}
        />
        <ToneButton speaker={speakerId} />
      </div>
    </Stack>
  );
}

function ToneButton({ speaker }: { readonly speaker: string | null }): ReactNode {
  const text = useText();
  const [playing, setPlaying] = useState(false);
  const play = async (): Promise<void> => {
    setPlaying(true);
    const context = new AudioContext();
    const { stream, lengthMs } = testTone(context);
    const audio = new Audio();
    audio.srcObject = stream;
    await setSink(audio, speaker);
    await audio.play().catch(() => undefined);
    setTimeout(() => {
      audio.srcObject = null;
      void context.close();
      setPlaying(false);
    }, lengthMs);
  };
  return (
    <Button variant="default" size="md" disabled={playing} onClick={() => void play()}>
      {playing ? text.join.testing : text.join.testTone}
    </Button>
  );
}
