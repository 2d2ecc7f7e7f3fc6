import type { ComponentChildren } from "preact";
import { Problem, Unreachable } from "../api/client";
import { type Key, useWords, type Words } from "../i18n/text";

const BY_STATUS: Record<number, Key> = {
  401: "error.unauthorised",
  403: "error.forbidden",
  404: "error.notFound",
  409: "error.conflict",
  422: "error.invalid",
  400: "error.invalid",
  429: "error.busy",
};

/** An error as sentences: ours in the reader's language, then what the server said. */
export function sentence({ t }: Words, error: unknown): string {
  if (error instanceof Unreachable) return t("error.unreachable");
  if (!(error instanceof Problem)) return t("error.unexpected");
  const ours = t(
    (BY_STATUS[error.status] ?? (error.status >= 500 ? "error.server" : "error.unexpected")) as "error.server",
  );
  return error.detail === null ? ours : `${ours} ${t("error.said", { detail: error.detail })}`;
}

export function Loading() {
  const { t } = useWords();
  return (
    <p class="notice loading" aria-busy="true">
      {t("state.loading")}
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="notice">{children}</p>;
}

export function Failure({ error, retry }: { error: unknown; retry: () => void }) {
  const words = useWords();
  return (
    <div class="notice failure" role="alert">
      <p>{sentence(words, error)}</p>
      <button type="button" onClick={retry}>
        {words.t("action.retry")}
      </button>
    </div>
  );
}
