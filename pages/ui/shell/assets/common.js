// What the components share. Goes before the file that uses it.

const number = (n) => n.toLocaleString("en-US");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function unpacked(bytes) {
  // uint32 length (little endian), JSON, then whatever it describes, end to end
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))), rest: bytes.subarray(4 + size) };
}

function blobs(header, rest) {
  // the pictures whose lengths the header lists
  let at = 0;
  return header.lengths.map((length) => rest.slice(at, (at += length)));
}

async function paint(canvas, png, alt) {
  // decoded before the canvas is touched, so there is no blank moment; an older picture never overtakes a newer one
  const order = (canvas.order = (canvas.order ?? 0) + 1);
  const bitmap = await createImageBitmap(new Blob([png], { type: "image/png" }));
  if (canvas.order !== order) return false;
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", alt);
  return true;
}

function mounted(View) {
  // one view for each place in the page, kept while Streamlit hands it new data
  const views = new WeakMap(); // parentElement -> view
  return ({ parentElement, data, setStateValue, setTriggerValue }) => {
    if (!views.has(parentElement)) views.set(parentElement, new View(parentElement));
    views.get(parentElement).receive(data, setStateValue, setTriggerValue);
    return () => setTimeout(() => {
      // Streamlit also calls this when a newer update overtakes an older one: then the view is still in the page.
      if (parentElement.isConnected) return;
      views.get(parentElement)?.destroy();
      views.delete(parentElement);
    }, 0);
  };
}
