import { render } from "preact";
import { effect } from "@preact/signals";
import { connectTo } from "./state/connection";
import { bridge } from "./state/settings";
import { watchTail } from "./state/tail";
import { watchTopics } from "./state/topics";
import { App } from "./view/app";
import "./style/index.css";

watchTopics();
watchTail();
effect(() => {
  void connectTo(bridge.value);
});

const app = document.getElementById("app");
if (app !== null) render(<App />, app);
