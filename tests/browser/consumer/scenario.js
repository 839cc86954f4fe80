// What every bundled page does: write one message, and say so in its title.
export async function scenario(Client) {
  const client = await Client.connect(new URLSearchParams(location.search).get("bridge"));
  const topic = `bundled-${crypto.randomUUID()}`;
  await client.createTopic(topic, { partitions: 1, replicas: 1 });
  const [{ offset }] = await client.writer({ topic }).write({ value: "hello" });
  return `written at ${offset}`;
}

export function show(promise) {
  promise.then(
    (words) => (document.title = words),
    (error) => (document.title = String(error)),
  );
}
