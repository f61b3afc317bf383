"use strict";
// A drawing enlarged: at its own size, twice that on a small screen, in a window that scrolls; the drawing itself moves there and back.
{
  const dialog = document.body.appendChild(document.createElement("dialog"));
  dialog.className = "enlarged";
  dialog.tabIndex = -1;
  const close = dialog.appendChild(document.createElement("button"));
  close.textContent = "×";
  close.setAttribute("aria-label", document.documentElement.lang.startsWith("zh") ? "关闭" : "Close");
  let frame, drawing;

  const enlarge = button => {
    frame = button.parentElement;
    drawing = frame.querySelector("svg");
    frame.style.height = `${frame.offsetHeight}px`;
    const scale = Math.max(1, Math.min(2, .94 * innerWidth / drawing.width.baseVal.value));
    drawing.style.width = `${scale * Number(drawing.getAttribute("width"))}px`;
    dialog.setAttribute("aria-label", button.title);
    dialog.append(drawing);
    dialog.showModal();
  };
  for (const button of document.querySelectorAll("button.enlarge")) {
    button.addEventListener("click", () => enlarge(button));
    button.parentElement.querySelector("svg").addEventListener("click", () => dialog.open || enlarge(button));
  }
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", event => event.key === "Escape" && dialog.close());      // Sphinx keeps this key from the browser
  dialog.addEventListener("close", () => {
    drawing.style.width = frame.style.height = "";
    frame.prepend(drawing);
  });
}
