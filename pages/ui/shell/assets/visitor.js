// Identifies this browser on a shared instance: a random number that it keeps, so that it is recognised after a reload.
// It goes to the server and nowhere else: it is never shown, and never part of an address.

const NAME = "gan-workshop-visitor";

function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function kept() {
  try {
    const found = localStorage.getItem(NAME);
    if (/^[0-9a-f]{32}$/.test(found ?? "")) return found;
    const made = fresh();
    localStorage.setItem(NAME, made);
    return made;
  } catch {
    return fresh(); // the browser may refuse to keep anything: recognised until the page is left
  }
}

let mine;

export default ({ data, setStateValue }) => {
  mine ??= kept();
  if (!data.known) setStateValue("id", mine); // after a restart the server has forgotten it
};
