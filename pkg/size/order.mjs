// Puts functions that are alike next to each other. What is downloaded is compressed, and a compressor finds
// a repetition the better the nearer it is: gzip not at all beyond 32 KiB.

/** How many bytes in a row must be the same to count. */
const RUN = 4;
/** A run that so many functions have tells nothing. */
const COMMON = 400;

function runs(body) {
  const seen = new Set();
  for (let at = 0; at + RUN <= body.length; at++) seen.add(body.readUInt32LE(at));
  return seen;
}

/** For each body its place: each follows the one it has, for its size, the most in common with. */
export function places(bodies) {
  const parts = bodies.map(runs);
  const holders = new Map();
  for (const [index, part] of parts.entries()) {
    for (const run of part) {
      const also = holders.get(run);
      if (also) also.push(index);
      else holders.set(run, [index]);
    }
  }
  const left = new Set(bodies.keys());
  const places = [];
  for (let last; left.size > 0; left.delete(last)) {
    last = next(last, parts, holders, left);
    places[last] = bodies.length - left.size;
  }
  return places;
}

function next(last, parts, holders, left) {
  const shared = new Map();
  for (const run of parts[last] ?? []) {
    const also = holders.get(run);
    if (also.length >= COMMON) continue;
    for (const index of also) if (left.has(index)) shared.set(index, (shared.get(index) ?? 0) + 1);
  }
  let [best] = left;
  let most = 0;
  for (const [index, count] of shared) {
    const likeness = count / (parts[last].size + parts[index].size - count);
    if (likeness > most) [best, most] = [index, likeness];
  }
  return best;
}
