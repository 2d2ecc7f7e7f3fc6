import { useId, useState } from "preact/hooks";
import type { Meter } from "../../api/meters";
import { useWords } from "../../i18n/text";
import { FormEnd } from "../../widgets/form-end";
import { useSend } from "../../widgets/use-send";

interface Props {
  device: string;
  meters: Meter[];
  send: (device: string, meter: string) => Promise<{ replayed: number }>;
  onAdopted: (meter: string, replayed: number) => void;
}

/** Which meter a device is: by id, with the names to choose from; those not heard come first. */
export function AdoptForm({ device, meters, send, onAdopted }: Props) {
  const { t, say } = useWords();
  const [meter, setMeter] = useState("");
  const { busy, problem, run, complain } = useSend();
  const id = useId();
  const choices = [...meters].sort((a, b) => Number(b.silent) - Number(a.silent));

  async function take(event: Event): Promise<void> {
    event.preventDefault();
    if (!meters.some((known) => known.id === meter)) return complain(t("devices.noSuchMeter"));
    const answer = await run(() => send(device, meter));
    if (answer) onAdopted(meter, answer.replayed);
  }

  return (
    <form onSubmit={take} class="stack adopt">
      <label for={id}>{t("devices.adoptAs")}</label>
      <input
        id={id}
        list={`${id}-meters`}
        autocomplete="off"
        value={meter}
        onInput={(event) => setMeter(event.currentTarget.value)}
      />
      <datalist id={`${id}-meters`}>
        {choices.map((known) => (
          <option key={known.id} value={known.id}>
            {known.silent ? t("devices.silentChoice", { name: say(known.name) }) : say(known.name)}
          </option>
        ))}
      </datalist>
      <FormEnd send={t("devices.adopt")} busy={busy} problem={problem} />
    </form>
  );
}
