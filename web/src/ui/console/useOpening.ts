import { useEffect, useState } from "react";
import { ApiError } from "../../app/api";
import { openConsole, type Desk } from "../../app/console-enter";
import { leavePlace, type ConsolePlace } from "../../app/console-place";
import type { Dictionary, Language } from "../../i18n/language";
import { useWords } from "../shared/text";

type Opening =
  | { readonly step: "choose" | "opening" }
  | { readonly step: "refused"; readonly words: string }
  | { readonly step: "open"; readonly desk: Desk };

interface Answer {
  readonly place: ConsolePlace;
  readonly result: Desk | ApiError;
}

/** Opens the console of `place`; it is left with the page. */
export function useOpening(place: ConsolePlace | null): Opening {
  const { text, language } = useWords();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const self = text.console.self;
  useEffect(() => {
    if (!place) return undefined;
    let current = true;
    openConsole(place, self).then(
      (desk) => {
        if (current) setAnswer({ place, result: desk });
        else desk.desk.leave();
      },
      (failure: unknown) => {
        const error = failure instanceof ApiError ? failure : new ApiError("internal", null, 0);
        if (error.status === 401 || error.status === 403) leavePlace(sessionStorage);
        if (current) setAnswer({ place, result: error });
      },
    );
    return () => {
      current = false;
    };
    // The name is given once, in the language of that moment.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [place]);
  if (!place) return { step: "choose" };
  if (answer?.place !== place) return { step: "opening" };
  const { result } = answer;
  return result instanceof ApiError ? { step: "refused", words: wordsOf(result, text, language) } : { step: "open", desk: result };
}

function wordsOf(error: ApiError, text: Dictionary, language: Language): string {
  if (error.code === "offline") return text.invitation.offline;
  if (error.code === "not-allowed") return text.console.entrance.hostOnly;
  return error.text?.[language] ?? text.errors.internal;
}
