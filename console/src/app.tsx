import { useEffect } from "preact/hooks";
import { get } from "./api/client";
import type { Province } from "./api/types";
import { useWords } from "./i18n/text";
import { findPage } from "./pages";
import { route } from "./router";
import { SignInPage } from "./session/sign-in-page";
import { AlarmAnnouncer } from "./shell/announcer";
import { Header } from "./shell/header";
import { LostBanner } from "./shell/lost-banner";
import { syncClock } from "./state/clock";
import { apiKey } from "./state/key";
import { startLive } from "./state/live";
import { signInByAddress, useMe, whoAmI } from "./state/me";
import { province } from "./state/province";
import { useResource } from "./state/resource";
import { useStore } from "./state/store";
import { Empty, Failure, Loading } from "./widgets/notice";

function NotFound() {
  const { t } = useWords();
  return (
    <Empty>
      {t("app.notFound")} <a href="/">{t("app.toOverview")}</a>
    </Empty>
  );
}

function Page() {
  const { t } = useWords();
  const found = findPage(useStore(route));
  useEffect(() => {
    document.title = found ? `${t(found.page.title)} · mainsight` : "mainsight";
  }, [found, t]);
  return found ? <found.page.show {...found.parts} /> : <NotFound />;
}

/** Everything behind the door; made anew for whoever comes in. */
function Inside() {
  const { data, error, reload } = useResource("province", (signal) => get<Province>("/province", signal));
  useEffect(() => {
    if (!data) return;
    province.set(data);
    syncClock(data.now_ms);
  }, [data]);
  useEffect(() => startLive(() => void whoAmI()), []);
  const known = useStore(province);
  return (
    <>
      <LostBanner />
      <AlarmAnnouncer />
      <main id="page" tabIndex={-1}>
        {known ? <Page /> : error ? <Failure error={error} retry={reload} /> : <Loading />}
      </main>
    </>
  );
}

/** Asks who this is, and again for another key. */
function useIdentity() {
  const key = useStore(apiKey);
  const asked = useResource(key ?? "", async () => {
    await signInByAddress();
    return (await whoAmI()) !== null;
  });
  return { known: useMe(), refused: asked.data === false, ...asked };
}

export function App() {
  const { t } = useWords();
  const { known, refused, error, reload } = useIdentity();
  const mayRead = known !== null && !refused && Object.keys(known.roles).length > 0 && !known.must_change;
  return (
    <>
      <a class="skip" href="#page">
        {t("app.skip")}
      </a>
      <Header />
      {mayRead ? (
        <Inside key={`${known.by}/${known.user ?? known.name}`} />
      ) : (
        <main id="page" tabIndex={-1}>
          {known || refused ? (
            <SignInPage keyRefused={refused} />
          ) : error ? (
            <Failure error={error} retry={reload} />
          ) : (
            <Loading />
          )}
        </main>
      )}
    </>
  );
}
