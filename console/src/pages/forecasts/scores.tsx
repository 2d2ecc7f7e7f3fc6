import { getScores, type Score, type Scores as Told } from "../../api/forecasts";
import { useWords } from "../../i18n/text";
import { useResource } from "../../state/resource";
import { Failure, Loading } from "../../widgets/notice";
import { Scroll } from "../../widgets/scroll";

const DAYS = 28;

function Row({ score }: { score: Score }) {
  const { format } = useWords();
  return (
    <tr>
      <th scope="row">{`${score.from_h}–${score.to_h}`}</th>
      <td class="figure">{format.percent(score.wape, 1)}</td>
      <td class="figure">{format.percent(score.bias, 1)}</td>
      <td class="figure">{format.percent(score.coverage)}</td>
      <td class="figure">{format.percent(score.skill)}</td>
      <td class="figure muted">{format.number(score.n, 0)}</td>
    </tr>
  );
}

function Table({ blocks }: { blocks: Score[] }) {
  const { t } = useWords();
  const columns = ["forecast.error", "forecast.bias", "forecast.inside", "forecast.skill", "forecast.count"] as const;
  return (
    <Scroll label={t("forecast.scores")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("forecast.lead")}</th>
            {columns.map((name) => (
              <th key={name} scope="col" class="figure">
                {t(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {blocks.map((score) => (
            <Row key={score.to_h} score={score} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** How a target is forecast now, since when and why. */
function Fit({ fits }: Pick<Told, "fits">) {
  const { t, format, say } = useWords();
  const fit = fits[0];
  if (!fit) return null;
  return (
    <p class="note">
      {t("forecast.fit", { model: fit.model, time: format.dateTime(fit.since_ms) })} {say(fit.reason_text)}
    </p>
  );
}

/** The forecasts' scores of themselves: every day is compared with what happened, and again when values change. */
export function Scores({ of }: { of: { target: string; quantity: string } }) {
  const { t } = useWords();
  const { data, error, reload } = useResource("scores", (signal) => getScores(of, DAYS, signal));
  return (
    <section class="panel" data-testid="scores">
      <h2>{t("forecast.scores")}</h2>
      {!data && (error ? <Failure error={error} retry={reload} /> : <Loading />)}
      {data && (
        <>
          {data.blocks.length === 0 ? (
            <p class="note">{t("forecast.noScores")}</p>
          ) : (
            <p class="note">{t("forecast.scoredDays", { count: String(data.days.length) })}</p>
          )}
          {data.blocks.length > 0 && <Table blocks={data.blocks} />}
          <Fit fits={data.fits} />
        </>
      )}
    </section>
  );
}
