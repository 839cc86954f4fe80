import { useState } from "preact/hooks";
import { client } from "../state/connection";
import { inOneLine } from "../state/problem";
import { go } from "../state/route";
import { refresh } from "../state/topics";

/** Creates a topic, and goes to it. */
export function CreateForm({ done }: { done: () => void }) {
  const [name, setName] = useState("");
  const [partitions, setPartitions] = useState(3);
  const [replicas, setReplicas] = useState(1);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    const on = client.peek();
    if (on === null) return setProblem("There is no connection.");
    setBusy(true);
    setProblem(null);
    try {
      await on.createTopic(name.trim(), { partitions, replicas });
      await refresh(on);
      go(name.trim());
      setName("");
      done();
    } catch (error) {
      setProblem(inOneLine(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="fields" onSubmit={submit}>
      <label class="field">
        <span>Name</span>
        <input type="text" class="mono" required maxLength={249} pattern="[A-Za-z0-9._\-]+" title="Letters, digits, dots, dashes and underscores" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <div class="pair">
        <label class="field">
          <span>Partitions</span>
          <input type="number" required min={1} max={10000} value={partitions} onInput={(event) => setPartitions(event.currentTarget.valueAsNumber)} />
        </label>
        <label class="field">
          <span>Replicas</span>
          <input type="number" required min={1} max={100} value={replicas} onInput={(event) => setReplicas(event.currentTarget.valueAsNumber)} />
        </label>
      </div>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <div class="buttons">
        <button type="button" class="quiet" onClick={done}>Cancel</button>
        <button type="submit" class="main" disabled={busy}>{busy ? "Creating…" : "Create topic"}</button>
      </div>
    </form>
  );
}
