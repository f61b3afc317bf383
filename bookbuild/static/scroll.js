"use strict";
// What is wider than its box says so: its edge fades as long as something lies beyond it. On paper the page is light.
{
  const boxes = document.querySelectorAll(".bd-article :is(pre, div.math, .pst-scrollable-table-container, .text_html)");
  const mark = box => box.classList.toggle("goes-on", box.scrollWidth - box.clientWidth - box.scrollLeft > 2);
  const changed = new ResizeObserver(entries => entries.forEach(entry => mark(entry.target)));
  for (const box of boxes) {
    changed.observe(box);
    box.addEventListener("scroll", () => mark(box), { passive: true });
  }

  const page = document.documentElement;
  let theme;
  addEventListener("beforeprint", () => { theme = page.dataset.theme; page.dataset.theme = "light"; });
  addEventListener("afterprint", () => { page.dataset.theme = theme; });
}
