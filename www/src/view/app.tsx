import { useEffect } from "preact/hooks";
import { connection } from "../state/connection";
import { current, topics } from "../state/topics";
import { selected } from "../state/route";
import { Banner } from "./banner";
import { ConnectionButton } from "./connection";
import { Logo } from "./icons";
import { ThemeButton } from "./theme";
import { Sidebar } from "./sidebar";
import { TopicPage } from "./topic";

/** `/` goes to the filter, unless something is being typed. */
function slashGoesToFilter(event: KeyboardEvent): void {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof Element && event.target.closest("input, textarea, select, dialog") !== null) return;
  event.preventDefault();
  document.getElementById("filter")?.focus();
}

/** What stands where a topic would. */
function Nothing() {
  if (topics.value === null) {
    const { is } = connection.value;
    return <p class="nothing">{is === "failed" ? "The topics will be here once there is a connection." : is === "connecting" ? "Connecting…" : "Asking for the topics…"}</p>;
  }
  if (selected.value !== null) {
    return (
      <div class="nothing">
        <h1>No topic “{selected.value}”</h1>
        <p>It may have been deleted. <a href="#">Show another</a></p>
      </div>
    );
  }
  return (
    <div class="nothing">
      <h1>No topics yet</h1>
      <p>Create one with “New topic”.</p>
    </div>
  );
}

/** The whole page. */
export function App() {
  useEffect(() => {
    addEventListener("keydown", slashGoesToFilter);
    return () => removeEventListener("keydown", slashGoesToFilter);
  }, []);
  const topic = current.value;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.getElementById("main")?.focus();
      }}>Skip to the topic</a>
      <header class="bar">
        <a class="brand" href="#" aria-label="ottla, to the first topic"><Logo />ottla</a>
        <div class="bar-end">
          <ConnectionButton />
          <ThemeButton />
        </div>
      </header>
      <Banner />
      <div class="frame">
        <Sidebar />
        <main id="main" tabIndex={-1}>{topic === null ? <Nothing /> : <TopicPage topic={topic} key={topic.name} />}</main>
      </div>
    </>
  );
}
