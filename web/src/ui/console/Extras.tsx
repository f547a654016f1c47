import { NumberInput, TextInput, Textarea } from "@mantine/core";
import { IconClock, IconEar, IconEraser, IconHourglass, IconLetterT, IconScreenShare, IconWorldWww } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { originOf } from "../../model/walls";
import { useText } from "../shared/text";
import { useDesk } from "./desk";
import { ExtraRow } from "./ExtraRow";
import classes from "./palette.module.css";

const SIZE = 20;

/** What is no picture of somebody: speaker, clock, countdown, text, web page, nothing. */
export function Extras(): ReactNode {
  const text = useText().console.palette;
  return (
    <div className={classes["stack"]} data-extras>
      <ExtraRow icon={<IconEar size={SIZE} />} label={text.speaker} content={{ kind: "speaker" }} />
      <ExtraRow icon={<IconScreenShare size={SIZE} />} label={text.anyScreen} content={{ kind: "screen" }} />
      <ExtraRow icon={<IconClock size={SIZE} />} label={text.clock} content={{ kind: "clock" }} />
      <Countdown />
      <Words />
      <Web />
      <ExtraRow icon={<IconEraser size={SIZE} />} label={text.clear} content={{ kind: "nothing" }} />
    </div>
  );
}

const MOST_MINUTES = 9_999;

function Countdown(): ReactNode {
  const text = useText().console.palette;
  const { state } = useDesk();
  const [words, setWords] = useState("");
  const [minutes, setMinutes] = useState(30);
  // It begins when it is placed: until then the time is not known.
  const untilMs = (): number => Math.round(Date.now() + state.view.clockOffsetMs + minutes * 60_000);
  return (
    <ExtraRow icon={<IconHourglass size={SIZE} />} label={text.countdown} content={() => ({ kind: "countdown", text: words, untilMs: untilMs() })}>
      <TextInput
        aria-label={text.countdownFor}
        placeholder={text.countdownPlaceholder}
        maxLength={100}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
        }}
      />
      <NumberInput
        aria-label={text.minutes}
        suffix={` ${text.minutes}`}
        min={1}
        max={MOST_MINUTES}
        value={minutes}
        onChange={(value) => {
          setMinutes(Math.min(MOST_MINUTES, Math.max(1, Math.round(Number(value)) || 1)));
        }}
      />
    </ExtraRow>
  );
}

function Words(): ReactNode {
  const text = useText().console.palette;
  const [words, setWords] = useState("");
  return (
    <ExtraRow icon={<IconLetterT size={SIZE} />} label={text.text} content={words.trim() === "" ? null : { kind: "text", text: words.trim() }}>
      <Textarea
        aria-label={text.words}
        placeholder={text.wordsPlaceholder}
        maxLength={500}
        autosize
        minRows={2}
        maxRows={5}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
        }}
      />
    </ExtraRow>
  );
}

function Web(): ReactNode {
  const text = useText().console.palette;
  const { library } = useDesk();
  const [address, setAddress] = useState("");
  const allowed = library.displays?.webAllow ?? [];
  const url = address.trim();
  const fits = allowed.includes(originOf(url) ?? "");
  return (
    <ExtraRow icon={<IconWorldWww size={SIZE} />} label={text.web} content={fits ? { kind: "web", url } : null}>
      <TextInput
        aria-label={text.url}
        placeholder={text.url}
        type="url"
        maxLength={2000}
        disabled={allowed.length === 0}
        description={allowed.length === 0 ? text.urlNone : text.urlHint(allowed.join(" "))}
        error={url !== "" && !fits ? text.urlBad : null}
        inputWrapperOrder={["input", "error", "description"]}
        classNames={{ description: classes["siteNote"] ?? "", error: classes["siteNote"] ?? "" }}
        value={address}
        onChange={(event) => {
          setAddress(event.currentTarget.value);
        }}
      />
    </ExtraRow>
  );
}
