// What a person does with the dashboard, by the names that it shows.
import { randomUUID } from "node:crypto";

export function newName() {
  return `browser-${randomUUID().slice(0, 8)}`;
}

export async function connected(page) {
  await page.getByRole("button", { name: /^Connected/ }).waitFor();
}

export async function createTopic(page, name, partitions = 3) {
  await page.getByRole("button", { name: "New topic" }).click();
  const dialog = page.getByRole("dialog", { name: "New topic" });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Partitions").fill(String(partitions));
  await dialog.getByRole("button", { name: "Create topic" }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Waits until the tail misses nothing any more. */
export async function following(page) {
  await page.getByText("Waiting for new messages").waitFor();
}

/** Fills the form in and sends it; gives the place that the page says the message went to. */
export async function produce(page, { key = "", value, headers = [], compression = "none", partition }) {
  const form = page.getByRole("region", { name: "Produce" });
  await form.getByLabel("Key", { exact: true }).fill(key);
  if (value === null) await form.getByLabel("Null (tombstone)").check();
  else await form.getByLabel("Value", { exact: true }).fill(value);
  for (const [i, [name, text]] of headers.entries()) {
    await form.getByRole("button", { name: "Add header" }).click();
    await form.getByLabel(`Name of header ${i + 1}`).fill(name);
    await form.getByLabel(`Value of header ${i + 1}`).fill(text);
  }
  await form.getByLabel("Compression").selectOption(compression);
  if (partition !== undefined) await form.getByLabel("Partition").selectOption(String(partition));
  await form.getByRole("button", { name: "Produce" }).click();
  const words = await form.getByRole("status").filter({ hasText: "Written to" }).textContent();
  const [, at, offset] = /partition (\d+), offset (\d+)/.exec(words);
  return { partition: Number(at), offset: BigInt(offset) };
}

/** The rows of the tail that hold a text. */
export function rows(page, text) {
  return page.getByRole("region", { name: "Messages" }).getByRole("row").filter({ hasText: text });
}
