import { notifications } from "@mantine/notifications";
import { useCallback } from "react";
import { ApiError } from "../../app/rest";
import { useWords } from "../shared/text";
import { useDesk } from "./desk";

/** Does something on the server, shows what is there afterwards and tells a failure. True: it was done. */
export function useAttempt(): (action: () => Promise<unknown>) => Promise<boolean> {
  const { text, language } = useWords();
  const { library } = useDesk();
  const { reload } = library;
  return useCallback(
    async (action) => {
      let done = true;
      try {
        await action();
      } catch (failure) {
        done = false;
        notifications.show({ message: wordsOf(failure), color: "red", autoClose: 7000 });
      }
      await reload();
      return done;

      function wordsOf(failure: unknown): string {
        if (!(failure instanceof ApiError)) return text.errors.internal;
        if (failure.code === "offline") return text.errors.offline;
        if (failure.code === "scene-changed") return text.console.scenes.changed;
        return failure.text?.[language] ?? text.errors.internal;
      }
    },
    [text, language, reload],
  );
}
