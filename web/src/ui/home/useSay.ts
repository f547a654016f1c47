import { ApiError } from "../../app/api";
import { useWords } from "../shared/text";

/** A failure of a call as a sentence. */
export function useSay(): (failure: unknown) => string {
  const { text, language } = useWords();
  return (failure) => {
    if (!(failure instanceof ApiError)) return text.errors.internal;
    if (failure.code === "offline") return text.errors.offline;
    if (failure.status === 401) return text.errors.keyWrong;
    return failure.text?.[language] ?? text.errors.internal;
  };
}
