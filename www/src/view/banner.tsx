import { useEffect, useState } from "preact/hooks";
import { connection, tryNow } from "../state/connection";

function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return <>Trying again in {seconds} s.</>;
}

/** Why there is no connection, and what happens next. */
export function Banner() {
  const state = connection.value;
  if (state.is !== "failed" && state.is !== "interrupted") return null;
  return (
    <div class="banner" role="alert">
      <div>
        <strong>{state.problem.title}.</strong>{" "}
        {state.is === "interrupted" ? "Trying to get back." : <span aria-hidden="true"><Countdown until={state.retryAt} /></span>}
        {state.problem.details.map((detail) => <p key={detail}>{detail}</p>)}
      </div>
      {state.is === "failed" && <button type="button" onClick={tryNow}>Try now</button>}
    </div>
  );
}
