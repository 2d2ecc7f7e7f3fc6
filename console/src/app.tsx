import { useEffect } from "preact/hooks";
import { get } from "./api/client";
import type { Province } from "./api/types";
import { useWords } from "./i18n/text";
import { findPage } from "./pages";
import { route } from "./router";
import { AlarmAnnouncer } from "./shell/announcer";
import { Header } from "./shell/header";
import { LostBanner } from "./shell/lost-banner";
import { syncClock } from "./state/clock";
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

export function App() {
  const { t } = useWords();
  const { data, error, reload } = useResource("province", (signal) => get<Province>("/province", signal));
  useEffect(() => {
    if (!data) return;
    province.set(data);
    syncClock(data.now_ms);
  }, [data]);
  const known = useStore(province);
  return (
    <>
      <a class="skip" href="#page">
        {t("app.skip")}
      </a>
      <Header />
      <LostBanner />
      <AlarmAnnouncer />
      <main id="page" tabIndex={-1}>
        {known ? <Page /> : error ? <Failure error={error} retry={reload} /> : <Loading />}
      </main>
    </>
  );
}
