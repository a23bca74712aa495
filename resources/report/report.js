"use strict";
// The page reads without this; it only narrows the list of the worst.
const bar = document.getElementById("filter");
if (bar) {
  const items = [...document.querySelectorAll(".worst")];
  const text = document.getElementById("filter-text");
  const left = document.getElementById("filter-left");
  const show = () => {
    const verdict = bar.querySelector("input[name=verdict]:checked").value;
    const words = text.value.trim().toLowerCase();
    let n = 0;
    for (const item of items) {
      const fits = (!verdict || item.dataset.verdict === verdict) && item.dataset.text.toLowerCase().includes(words);
      item.hidden = !fits;
      n += fits;
    }
    left.textContent = n === items.length ? "" : `${n} of ${items.length} shown`;
  };
  bar.addEventListener("input", show);
  bar.hidden = false;
}
