import type { Transformer, ZoneDetail } from "../../api/types";
import { useWords } from "../../i18n/text";
import { assetPath } from "../../widgets/crumbs";
import { Scroll } from "../../widgets/scroll";
import { LoadCells, NoLoadCells } from "./load-cells";

function Head({ unit, rating }: { unit: string; rating: string }) {
  const { t } = useWords();
  return (
    <thead>
      <tr>
        <th scope="col">{t("column.name")}</th>
        <th scope="col" class="figure">
          {t("column.load")} <span class="unit">{unit}</span>
        </th>
        <th scope="col" class="figure">
          {t("column.rating")} <span class="unit">{rating}</span>
        </th>
        <th scope="col">{t("column.use")}</th>
        <th scope="col">
          <span class="visually-hidden">{t("column.state")}</span>
        </th>
      </tr>
    </thead>
  );
}

function TransformerRow({ transformer }: { transformer: Transformer }) {
  const { t, say, format } = useWords();
  const { load } = transformer;
  const rating = format.limit(transformer.rated_mva);
  return (
    <tr>
      <th scope="row">
        <a href={assetPath(transformer.id)}>{say(transformer.name)}</a>
      </th>
      {transformer.in_service ? (
        <LoadCells id={transformer.id} name={say(transformer.name)} load={load} rating={rating} />
      ) : (
        <NoLoadCells rating={rating} word={t("load.outOfService")} />
      )}
    </tr>
  );
}

export function TransformerTable({ substations, unit }: { substations: ZoneDetail["substations"]; unit: string }) {
  const { t, say } = useWords();
  if (substations.length === 0) return null;
  return (
    <section class="table-section">
      <h3>{t("zone.transformers")}</h3>
      <Scroll label={t("zone.transformers")}>
        <table class="named-rows loads">
          <Head unit={unit} rating="MVA" />
          {substations.map((substation) => (
            <tbody key={substation.id}>
              <tr class="group">
                <th scope="rowgroup" colSpan={5}>
                  <a href={assetPath(substation.id)}>{say(substation.name)}</a>
                </th>
              </tr>
              {substation.transformers.map((transformer) => (
                <TransformerRow key={transformer.id} transformer={transformer} />
              ))}
            </tbody>
          ))}
        </table>
      </Scroll>
    </section>
  );
}

export function FeederTable({ feeders, unit }: { feeders: ZoneDetail["feeders"]; unit: string }) {
  const { t, say, format } = useWords();
  if (feeders.length === 0) return null;
  return (
    <section class="table-section">
      <h3>{t("zone.feeders")}</h3>
      <Scroll label={t("zone.feeders")}>
        <table class="named-rows loads">
          <Head unit={unit} rating="MVA" />
          <tbody>
            {feeders.map(({ id, name, load }) => (
              <tr key={id}>
                <th scope="row">
                  <a href={assetPath(id)}>{say(name)}</a>
                </th>
                <LoadCells id={id} name={say(name)} load={load} rating={format.limit(load.rated)} />
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
