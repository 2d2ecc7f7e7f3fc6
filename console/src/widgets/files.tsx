import { download, fileAddress } from "../api/client";
import { useWords } from "../i18n/text";
import { apiKey } from "../state/key";
import { useStore } from "../state/store";
import { useSend } from "./use-send";

interface LinkProps {
  path: string;
  words: string;
  /** Spoken in place of the words, where these say too little by themselves. */
  label?: string;
  /** A page to be read in a tab of its own, rather than a file to keep. */
  opens?: boolean;
}

/** A link to a file of the server's. A browser sends a session's cookie along by itself; a key has to be sent by us. */
export function FileLink({ path, words, label, opens = false }: LinkProps) {
  const key = useStore(apiKey);
  const { busy, problem, run } = useSend();
  const fetchIt = (event: Event) => {
    event.preventDefault();
    if (!busy) void run(() => download(path));
  };
  return (
    <>
      <a
        href={fileAddress(path)}
        data-outside
        download={opens ? undefined : ""}
        target={opens ? "_blank" : undefined}
        rel="noopener"
        aria-label={label}
        onClick={key === null ? undefined : fetchIt}
        aria-busy={busy}
      >
        {words}
      </a>
      {problem && (
        <span class="failure" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}

const FORMATS = { csv: "CSV", xlsx: "Excel", parquet: "Parquet" } as const;

/** What a picture shows, as files: each thing in every format. `path` is a call of the server's that takes `format`. */
export function Exports({ of }: { of: readonly { name: string; path: string }[] }) {
  const { t } = useWords();
  return (
    <ul class="exports" aria-label={t("export.label")} data-testid="exports">
      {of.map(({ name, path }) => (
        <li key={name}>
          <span>{t("export.of", { name })}</span>
          {Object.entries(FORMATS).map(([format, words]) => (
            <FileLink key={format} path={`${path}&format=${format}`} words={words} label={`${name}: ${words}`} />
          ))}
        </li>
      ))}
    </ul>
  );
}
