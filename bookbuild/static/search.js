"use strict";
// The search page: exercises first for their number and title; excerpts of the text alone.
{
  const chinese = document.documentElement.lang.startsWith("zh");
  const plain = text => ourNames(text.toLowerCase()).replace(/\s|[.．。]$/g, "");
  const asked = plain(new URLSearchParams(location.search).get("q") || "");

  Scorer.score = ([page, title, anchor, , score]) => {
    const number = (page.match(/\d+\.\d+\.\d+(?=-[^/]*$)/) || [])[0];
    if (!number || anchor || !asked) return score;
    if (asked === number || asked === ENGLISH_NUMBERS[number]) return score + (asked === number ? 2000 : 1000);
    const heading = plain(title), terms = splitQuery(asked);
    return score + (heading.includes(asked) ? 200 : terms.length && terms.every(term => heading.includes(term)) ? 100 : 0);
  };

  // Chinese is searched by pairs of characters; where they follow each other in the query, they are marked as one word.
  const parse = Search._parseQuery;
  Search._parseQuery = query => {
    const parsed = parse(query), marked = parsed[3], words = [];
    for (const term of marked)
      if (/^[\u3400-\u9fff]{2}$/.test(term) && words.length && words.at(-1).at(-1) === term[0]) words.push(words.pop() + term[1]);
      else words.push(term);
    parsed[3] = new Set([...words, ...marked, ...Object.keys(OTHER_NAMES).filter(other => query.includes(other))]);
    return parsed;
  };

  Search.htmlToText = (page, anchor) => {
    const article = new DOMParser().parseFromString(page, "text/html").querySelector("article");
    const part = anchor && article.querySelector(`[id="${anchor.slice(1)}"]`) || article;
    for (const other of part.querySelectorAll(".headerlink, script, style, summary, label, .interface, .cell_input, button, svg"))
      other.remove();
    for (const fraction of part.querySelectorAll("mfrac")) fraction.firstElementChild.after("/");
    for (const power of part.querySelectorAll("msup")) power.firstElementChild.after("^");
    for (const index of part.querySelectorAll("msub, msubsup")) index.firstElementChild.after("_");
    for (const block of part.querySelectorAll("p, li, td, th, h1, h2, h3, .numbers, .question, .badges span")) block.append(" ");
    return part.textContent.replace(/\s+/g, " ");
  };

  Documentation.TRANSLATIONS["Your search did not match any documents. Please make sure that all words are spelled correctly and " +
    "that you've selected enough categories."] = chinese ? "没有找到。换一个词，或者输入习题的编号（中文版或英文版），例如 6.5.4。"
    : "Nothing found. Try another word, or the number of an exercise in either edition, such as 6.5.4.";
}
