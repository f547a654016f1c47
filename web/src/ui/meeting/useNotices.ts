import { notifications } from "@mantine/notifications";
import { useEffect } from "react";
import type { Meeting } from "../../app/meeting";
import { chime } from "../../rtc/tone";
import { useWords } from "../shared/text";

/** Shows short messages; they are read out politely by screen readers and go away by themselves. */
export function useNotices(meeting: Meeting): void {
  const { text, language } = useWords();
  useEffect(
    () =>
      meeting.listen((notice) => {
        if (notice.kind === "refused") notifications.show({ message: notice.text[language], color: "red" });
        else if (notice.kind === "recordingBegun" || notice.kind === "recordingEnded") {
          chime(notice.kind === "recordingBegun");
          notifications.show({ message: text.notices[notice.kind](notice.name), color: "red" });
        } else notifications.show({ message: text.notices[notice.kind](notice.name), color: "cyan" });
      }),
    [meeting, text, language],
  );
}
