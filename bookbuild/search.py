"""The site's search in two languages: how texts and queries fall into words."""
import re

from sphinx.search.en import SearchEnglish

# A dotted number is one word: exercises are known by theirs.
WORD = r"\d+(?:\.\d+)+|[^\W\u3400-\u9fff]+"


class Search(SearchEnglish):
    """English words by stem; Chinese by single characters and pairs of neighbours, in the index and in the query.

    Sphinx's own Chinese search segments the text by a dictionary but leaves the query whole, so that it finds only
    what is a word in that dictionary: 平移不变性 it does not find. Of a query, words that ask rather than name are left
    out, and common names of other books are taken for those of this one.
    """
    lang = "zh"
    language_name = "Chinese and English"
    js_splitter_code = """
const OTHER_NAMES = {"池化": "汇聚", "步长": "步幅", "特征映射": "特征图"};
const ourNames = text => Object.entries(OTHER_NAMES).reduce((text, [other, ours]) => text.replaceAll(other, ours), text);

function splitQuery(query) {
  const terms = [];
  const named = ourNames(query);
  const asked = named.replace(/请问|什么是|是什么|为什么|什么|为何|怎么样|怎么|怎样|如何|哪些|有没有|是不是|的|吗|呢/g, " ");
  for (const run of (asked.trim() ? asked : named).match(/[\\u3400-\\u9fff]+|[^\\u3400-\\u9fff]+/g) || []) {
    if (run.match(/[\\u3400-\\u9fff]/) === null)
      terms.push(...(run.match(/\\d+(?:\\.\\d+)+|[\\p{Letter}\\p{Number}_]+/gu) || []));
    else if (run.length === 1)
      terms.push(run);
    else
      for (const i of run.slice(1).split("").keys()) terms.push(run.slice(i, i + 2));
  }
  return terms;
}
"""

    def split(self, input):
        words = []
        for run in re.findall(rf"[\u3400-\u9fff]+|{WORD}", input):
            if re.match(r"[\u3400-\u9fff]", run):
                words += [*run, *map("".join, zip(run, run[1:]))]
            else:
                words.append(run)
        return words
