import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useSignal, type Signal } from "@preact/signals";
import { clock, rate } from "../format";
import { theme } from "../state/settings";
import { throughput } from "../state/throughput";

const HEIGHT = 148;
const SHORTEST_WINDOW_S = 30;
const LONGEST_WINDOW_S = 120;

const system = matchMedia("(prefers-color-scheme: dark)");

/** A colour of the page: the plot is a canvas, which CSS does not reach. */
function colour(of: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  of.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** The time that is shown: what there is, within bounds; before the first sample, the time up to now. */
function span(min: number | null, max: number | null): [number, number] {
  const end = max ?? Date.now() / 1000;
  return [end - Math.min(LONGEST_WINDOW_S, Math.max(SHORTEST_WINDOW_S, end - (min ?? end))), end];
}

function options(element: HTMLElement, pointed: Signal<number | null>): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colour(element, "--faint"),
    font: "11px Inter, sans-serif",
    grid: { stroke: colour(element, "--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    padding: [8, 6, 0, 0],
    hooks: { setCursor: [(plot) => { pointed.value = plot.cursor.idx ?? null; }] },
    scales: {
      x: { range: (_plot, min: number | null, max: number | null) => span(min, max) },
      y: { range: (_plot, _min, max: number | null) => [0, Math.max(5, (max ?? 0) * 1.15)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 90, values: (_plot, times) => times.map((at) => clock(at * 1000).slice(0, 8)) },
      { ...axis, size: 46, space: 34, values: (_plot, rates) => rates.map(rate) },
    ],
    series: [
      {},
      {
        label: "Messages a second",
        stroke: colour(element, "--accent"),
        fill: colour(element, "--accent-wash"),
        width: 1.75,
        points: { show: false },
        ...(uPlot.paths.spline ? { paths: uPlot.paths.spline() } : {}),
      },
    ],
  };
}

function data(): uPlot.AlignedData {
  const { times, rates } = throughput.peek();
  return [[...times], [...rates]];
}

/** Draws into an element, anew when the colours change; gives what ends it. */
function draw(element: HTMLElement, pointed: Signal<number | null>): () => void {
  let plot = new uPlot(options(element, pointed), data(), element);
  const again = () => {
    plot.destroy();
    plot = new uPlot(options(element, pointed), data(), element);
  };
  const stops = [throughput.subscribe(() => plot.setData(data())), theme.subscribe(() => requestAnimationFrame(again))];
  system.addEventListener("change", again);
  const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
  resized.observe(element);
  return () => {
    for (const stop of stops) stop();
    system.removeEventListener("change", again);
    resized.disconnect();
    plot.destroy();
  };
}

/** What is written to the topic, by anyone, over time. */
export function Throughput() {
  const element = useRef<HTMLDivElement>(null);
  const pointed = useSignal<number | null>(null);
  useEffect(() => (element.current === null ? undefined : draw(element.current, pointed)), []);
  const { times, rates } = throughput.value;
  const at = pointed.value === null ? undefined : times[pointed.value];
  const shown = at === undefined || pointed.value === null ? rates.at(-1) : rates[pointed.value];
  return (
    <section class="card" aria-labelledby="throughput">
      <header>
        <h2 id="throughput">Throughput</h2>
        <p class="figure"><strong>{shown === undefined ? "–" : rate(shown)}</strong> messages/s {at === undefined ? "written" : `at ${clock(at * 1000).slice(0, 8)}`}</p>
      </header>
      <div class="plot" ref={element} role="img" aria-label="Messages written a second over the last two minutes" />
    </section>
  );
}
