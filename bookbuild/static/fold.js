// Runs as soon as its <details> is opened by the parser, before anything inside it is drawn.
{
  const fold = document.currentScript.parentElement;
  const isSolution = fold.classList.contains("solution");
  const always = isSolution && fold.querySelector("input");
  const page = `${isSolution ? "solution" : "further"} ${location.pathname.split("/").pop()}`;     // the same in both editions
  const target = () => document.getElementById(decodeURIComponent(location.hash.slice(1)));

  if (always) {
    always.checked = localStorage.getItem("solutions") === "shown";
    always.onchange = () => localStorage.setItem("solutions", always.checked ? "shown" : "folded");
  }
  fold.querySelector("summary").onclick = () => sessionStorage.setItem(page, fold.open ? "folded" : "shown");

  const linked = location.hash.length > 1 && !target();                 // to a place that the parser has not reached yet
  const found = localStorage.getItem("sphinx_highlight_terms");         // by the search, which marks these words
  fold.open = always && always.checked || sessionStorage.getItem(page) === "shown" || linked || found;

  const reveal = () => {
    if (fold.contains(target()) && !fold.open) {
      fold.open = true;
      target().scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  let wasOpen;
  addEventListener("beforeprint", () => { wasOpen = fold.open; fold.open = true; });
  addEventListener("afterprint", () => { fold.open = wasOpen; });
}
