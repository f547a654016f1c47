import { notifications } from "@mantine/notifications";
import { useSay } from "../home/useSay";

/** Does something; what goes wrong is told. True: it went well. */
export function useTold(): (action: () => Promise<unknown>) => Promise<boolean> {
  const say = useSay();
  return (action) =>
    action().then(
      () => true,
      (failure: unknown) => {
        notifications.show({ message: say(failure), color: "red" });
        return false;
      },
    );
}
