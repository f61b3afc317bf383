"use strict";
// Find an exercise by its number in either edition or by words.
{
  const form = document.querySelector("form.find"), field = form.querySelector("input"), count = form.querySelector("output");
  const cards = [...document.querySelectorAll(".card-exercise")];
  const plain = text => text.toLowerCase().replaceAll("池化", "汇聚").replaceAll("步长", "步幅").replaceAll("特征映射", "特征图");
  const texts = cards.map(card => plain(`${card.dataset.words} ${card.innerText}`));

  const show = () => {
    const asked = plain(field.value).trim(), number = /^\d+(\.\d+)*\.?$/.test(asked);
    const found = cards.filter((card, i) => {
      card.hidden = number ? !card.dataset.numbers.split(" ").some(own => `${own}.`.startsWith(asked.replace(/\.?$/, ".")) || own === asked)
                           : !asked.split(/\s+/).every(word => texts[i].includes(word));
      return !card.hidden;
    });
    for (const list of document.querySelectorAll("ul.cards"))
      list.hidden = list.previousElementSibling.hidden = [...list.children].every(card => card.hidden);
    count.textContent = (asked ? count.dataset.found : count.dataset.all).replace("{n}", found.length);
    return found;
  };
  field.addEventListener("input", show);
  form.addEventListener("submit", event => {
    event.preventDefault();
    const found = show();
    if (found.length) found[0].querySelector("a").click();
  });
}
